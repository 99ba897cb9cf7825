import { describe, expect, it } from 'vitest';
import type { Lane } from '../../core/lane.ts';
import type { StoredTask } from '../../core/record.ts';
import { lease, lose, release, requeue, retry, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimAsk, claimOne, keep, LANE, NOW, type Sample, task } from './tasks.ts';

export function describeClaim(current: () => Engine): void {
  const ids = (claimed: readonly (readonly { readonly id: string }[])[]): readonly (readonly string[])[] =>
    claimed.map((records) => records.map((record) => record.id));
  const other = { ...LANE, name: 'sub' };
  const returned: Lane = { ...LANE, kind: 'returned' };

  describe('claim', () => {
    it('leases a task', async () => {
      const kept = await keep(current(), task('a'));
      const [[claimed] = []] = await current().claim([claimAsk({ session: 's', worker: 'w' })], NOW);
      expect(claimed).toEqual(lease(kept, { session: 's', worker: 'w', nonce: claimed?.lease?.nonce ?? '' }));
      expect(await current().get(['a'])).toEqual([claimed]);
    });

    it('goes by priority, 9 first, then by age', async () => {
      const records = [0, 5, 9, 5, 0, 9].map((priority, position) =>
        task(`${position}`, { options: { priority } }),
      );
      await current().insert(records).applied;
      expect(ids(await current().claim([claimAsk()], NOW))).toEqual([['2', '5', '1', '3', '0', '4']]);
    });

    it('does so across lanes', async () => {
      const records = [1, 3, 2, 3, 1, 0].map((priority, position) =>
        task(`${position}`, { name: position % 2 === 0 ? 'add' : 'sub', options: { priority } }),
      );
      await current().insert(records).applied;
      expect(ids(await current().claim([claimAsk({ lanes: [LANE, other], limit: 4 })], NOW))).toEqual([
        ['1', '3', '2', '0'],
      ]);
      expect(ids(await current().claim([claimAsk({ lanes: [other, LANE], seed: '2' })], NOW))).toEqual([
        ['4', '5'],
      ]);
    });

    it('takes no more than was asked for, and goes on there', async () => {
      await current().insert(Array.from({ length: 25 }, (_, count) => task(`${count}`))).applied;
      const claimed = await current().claim(
        [claimAsk({ limit: 10 }), claimAsk({ limit: 0, seed: '2' }), claimAsk({ limit: 20, seed: '3' })],
        NOW,
      );
      expect(claimed.map((records) => records.length)).toEqual([10, 0, 15]);
      expect(ids(claimed).flat()).toEqual(Array.from({ length: 25 }, (_, count) => `${count}`));
      expect(await current().claim([claimAsk({ seed: '4' })], NOW)).toEqual([[]]);
    });

    it('takes no more of a lane than that may give', async () => {
      const records = [9, 8, 7, 6, 5, 4].map((priority, position) =>
        task(`${position}`, { name: position < 4 ? 'add' : 'sub', options: { priority } }),
      );
      await current().insert(records).applied;
      const asks = [
        claimAsk({ lanes: [LANE, other], most: [2, 1] }),
        claimAsk({ lanes: [other, LANE], most: [0, 3], limit: 1, seed: '2' }),
        claimAsk({ lanes: [LANE, other], seed: '3' }),
      ];
      expect(ids(await current().claim(asks, NOW))).toEqual([['0', '1', '4'], ['2'], ['3', '5']]);
    });

    it('takes no more of the lanes of one name than they may give together, the best of them', async () => {
      const records = [5, 9, 1, 7].map((priority, position) =>
        // As those that were lost once with their worker are.
        ({ ...task(`${position}`, { options: { priority } }), deliveries: position < 2 ? 0 : 1 }),
      );
      await current().insert(records).applied;
      const asks = [
        claimAsk({ lanes: [LANE, returned], most: [2, 2] }),
        claimAsk({ lanes: [returned, LANE], most: [1, 1], seed: '2' }),
        claimAsk({ lanes: [returned, LANE], seed: '3' }),
      ];
      expect(ids(await current().claim(asks, NOW))).toEqual([['1', '3'], ['0'], ['2']]);
    });

    it('reads long lanes that lie across one another to the end', async () => {
      const records = Array.from({ length: 60 }, (_, count) =>
        task(`${count}`, { name: count < 40 ? 'add' : 'sub', options: { priority: count % 3 } }),
      );
      await current().insert(records).applied;
      const [claimed = []] = await current().claim([claimAsk({ lanes: [LANE, other], limit: 50 })], NOW);
      const wanted = [2, 1, 0].flatMap((priority) =>
        records.filter((record) => record.options.priority === priority),
      );
      expect(claimed.map((record) => record.id)).toEqual(wanted.slice(0, 50).map((record) => record.id));
    });

    it('gives every lease its own nonce', async () => {
      await current().insert(Array.from({ length: 6 }, (_, count) => task(`${count}`))).applied;
      const asks = ['x', 'y', 'z'].map((seed) => claimAsk({ seed, limit: 2 }));
      const claimed = (await current().claim(asks, NOW)).flat();
      expect(new Set(claimed.map((record) => record.lease?.nonce)).size).toBe(6);
    });

    it('looks into no lane but those it was asked for', async () => {
      await current().insert([
        task('sub', { name: 'sub' }),
        task('queue', { options: { queue: 'other' } }),
        { ...task('suspect'), trialMs: 0 },
        { ...task('returned'), deliveries: 1 },
        task('unrouted', { routed: false }),
        task('scheduled', { dueAt: NOW + 1 }),
        task('add'),
      ]).applied;
      expect(ids(await current().claim([claimAsk()], NOW))).toEqual([['add']]);
      for (const kind of ['suspect', 'returned'] as const) {
        const asked = [claimAsk({ lanes: [{ ...LANE, kind }], seed: kind })];
        expect(ids(await current().claim(asked, NOW))).toEqual([[kind]]);
      }
      expect(await current().claim([claimAsk({ lanes: [], seed: '3' })], NOW)).toEqual([[]]);
      expect(
        await current().claim([claimAsk({ lanes: [{ ...LANE, queue: 'never seen' }], seed: '4' })], NOW),
      ).toEqual([[]]);
    });

    it('skips what has expired, and leaves it for expired', async () => {
      await current().insert([
        task('over', { expiresAt: NOW }),
        task('later', { expiresAt: NOW + 1 }),
        task('never'),
      ]).applied;
      expect(ids(await current().claim([claimAsk()], NOW))).toEqual([['later', 'never']]);
      expect((await current().expired(NOW, 10)).records).toMatchObject([{ id: 'over', phase: 'ready' }]);
    });

    it('does not give a task twice, whatever is asked at once', async () => {
      await current().insert(Array.from({ length: 20 }, (_, count) => task(`${count}`))).applied;
      const asked = Array.from({ length: 8 }, (_, count) =>
        current().claim([claimAsk({ seed: `${count}`, limit: 3 })], NOW),
      );
      const claimed = ids((await Promise.all(asked)).flat()).flat();
      expect(claimed).toHaveLength(20);
      expect(new Set(claimed).size).toBe(20);
    });

    it('gives a task that was put back, under another nonce', async () => {
      await keep(current(), task('a'));
      const first = await claimOne(current(), { seed: 'x' });
      const { lease: held, ...rest } = first;
      await current().advance([
        change(first, { ...rest, lease: null, phase: 'ready', version: first.version + 1 }, false),
      ]).applied;
      const second = await claimOne(current(), { seed: 'y' });
      expect(second).toMatchObject({ id: 'a', attempt: 2, version: first.version + 2 });
      expect(second.lease?.nonce).not.toBe(held?.nonce);
    });

    describe('a task that comes again', () => {
      let asks = 0;
      const order = async (): Promise<readonly string[]> =>
        ids(
          await current().claim([claimAsk({ lanes: [LANE, other, returned], seed: `order ${asks++}` })], NOW),
        ).flat();
      const insert = async (names: readonly string[], sample: Sample = {}): Promise<void> => {
        await current().insert(names.map((name) => task(name, sample))).applied;
      };
      /** Claims the first task, and begins it; the last change is one of its own, or one with its start. */
      const runs = async (back: (record: StoredTask) => StoredTask, apart = true): Promise<string> => {
        const claimed = await claimOne(current(), { lanes: [LANE, other, returned], seed: `run ${asks++}` });
        const begun = start(claimed, NOW);
        const changes = [change(claimed, begun, false), change(begun, back(begun))];
        if (apart) for (const one of changes) await current().advance([one]).applied;
        else await current().advance(changes).applied;
        return claimed.id;
      };
      const again = (record: StoredTask): StoredTask => retry(record, '{}', NOW, NOW);

      it('as a retry stands behind those that wait already, and before those to come', async () => {
        await insert(['a', 'b', 'c']);
        await runs(again);
        await insert(['d']);
        expect(await order()).toEqual(['b', 'c', 'a', 'd']);
      });

      it('does so where its start is written with it', async () => {
        await insert(['a', 'b']);
        await runs(again, false);
        expect(await order()).toEqual(['b', 'a']);
      });

      it('by its own wish stands there likewise', async () => {
        await insert(['a', 'b', 'c']);
        await runs((record) => requeue(record, NOW));
        await insert(['d']);
        expect(await order()).toEqual(['b', 'c', 'a', 'd']);
      });

      it('stands behind those of other lanes too', async () => {
        await insert(['a']);
        await insert(['b'], { name: 'sub' });
        await runs(again);
        expect(await order()).toEqual(['b', 'a']);
      });

      it('goes before what is less urgent all the same', async () => {
        await insert(['a', 'b'], { options: { priority: 3 } });
        await insert(['c']);
        await runs(again);
        expect(await order()).toEqual(['b', 'a', 'c']);
      });

      it('takes turns with others of its kind', async () => {
        await insert(['a', 'b']);
        const ran: string[] = [];
        for (let run = 0; run < 6; run++) ran.push(await runs(again));
        expect(ran).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
      });

      it('after a while takes its place when that is over', async () => {
        await insert(['a', 'b']);
        await runs((record) => retry(record, '{}', NOW + 5, NOW));
        await insert(['c']);
        await current().promoteDue(NOW + 5, 10);
        await insert(['d']);
        expect(await order()).toEqual(['b', 'c', 'a', 'd']);
      });

      it('keeps its place when it is given back or was lost', async () => {
        await insert(['a', 'b']);
        await runs((record) => release(record, NOW));
        await runs((record) => lose(record, NOW, null));
        expect(await order()).toEqual(['a', 'b']);
      });

      it('keeps the place of its retry when that is given back', async () => {
        await insert(['a', 'b']);
        await runs(again);
        await runs(again);
        await insert(['c']);
        await runs((record) => release(record, NOW));
        expect(await order()).toEqual(['a', 'b', 'c']);
      });

      it('stands last at its gate too', async () => {
        const keyed = { call: { concurrencyKey: 'k' }, options: { keyLimit: 1 } };
        await insert(['a', 'b', 'c'], keyed);
        const ran: string[] = [];
        for (let run = 0; run < 4; run++) ran.push(await runs(again));
        expect(ran).toEqual(['a', 'b', 'c', 'a']);
      });
    });

    it('gives what was called for later its place by when it was called', async () => {
      await current().insert([task('later', { dueAt: NOW + 5 }), task('now')]).applied;
      await current().promoteDue(NOW + 5, 10);
      expect(ids(await current().claim([claimAsk()], NOW))).toEqual([['later', 'now']]);
    });
  });
}
