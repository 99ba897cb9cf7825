import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forget, requeue, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimOne, finishOne, keep, LANE, NOW, prune, task } from './tasks.ts';

export function describePrune(current: () => Engine): void {
  describe('prune', () => {
    async function ended(...times: readonly number[]): Promise<void> {
      for (const at of times) {
        await keep(current(), task(`at ${at}`));
        await finishOne(current(), NOW + at);
      }
    }

    it('takes arguments and body from what ended before, and from nothing else', async () => {
      await ended(1, 2, 3);
      const before = await current().get(['at 1', 'at 2', 'at 3']);
      await keep(current(), task('live'));
      expect(await prune(current(), NOW + 3, NOW, 10)).toBe(2);
      const [first, second, third, live] = await current().get(['at 1', 'at 2', 'at 3', 'live']);
      expect(first).toEqual({ ...before[0], args: '', body: null, version: (before[0]?.version ?? 0) + 1 });
      expect(second).toMatchObject({ state: 'SUCCESS', args: '', body: null });
      expect(third).toEqual(before[2]);
      expect(live).toMatchObject({ args: '[2,2]', phase: 'ready' });
    });

    it('takes what stands before the arguments, and leaves the lineage', async () => {
      const lineage = { rootId: 'root', parentId: 'parent' };
      await keep(current(), task('a', { prepend: ['4'], lineage }));
      await finishOne(current());
      await prune(current(), NOW + 1, NOW, 10);
      expect(await current().get(['a'])).toMatchObject([{ args: '', prepend: [], lineage }]);
      expect(await current().insert([task('a')]).committed).toMatchObject([{ same: true }]);
    });

    it('does each task once', async () => {
      await ended(1, 2);
      expect(await prune(current(), NOW + 9, NOW, 10)).toBe(2);
      expect(await prune(current(), NOW + 9, NOW, 10)).toBe(0);
    });

    it('leaves a tombstone that refuses other content', async () => {
      await ended(1);
      await prune(current(), NOW + 9, NOW, 10);
      const verdicts = await current().insert([
        task('at 1'),
        task('at 1', { args: '' }),
        task('at 1', { name: 'sub' }),
        task('at 1', { call: {} }),
      ]).committed;
      expect(verdicts.map((verdict) => !verdict.inserted && verdict.same)).toEqual([
        true,
        false,
        false,
        false,
      ]);
      expect(verdicts[0]).toMatchObject({ existing: { phase: 'ended' } });
    });

    it('deletes old tombstones, and what ended as long ago with its body', async () => {
      await ended(1);
      await prune(current(), NOW + 2, NOW, 10);
      await ended(2, 5);
      expect(await prune(current(), NOW + 3, NOW + 3, 10)).toBe(2);
      expect(await current().get(['at 1', 'at 2'])).toEqual([undefined, undefined]);
      expect((await current().get(['at 5']))[0]).toMatchObject({ args: '[2,2]' });
      expect(await current().insert([task('at 1', { args: '[]' })]).committed).toMatchObject([
        { inserted: true },
      ]);
    });

    it('touches at most so many, and tells by fewer that it is done', async () => {
      await ended(1, 2, 3, 4, 5);
      const touched: number[] = [];
      for (let round = 0; round < 4; round++) touched.push(await prune(current(), NOW + 6, NOW + 3, 2));
      expect(touched).toEqual([2, 2, 1, 0]);
    });

    it('says that there is more for as long as a step was cut short', async () => {
      await ended(1, 2, 3);
      const outdated = { bodiesBefore: NOW + 9, tombstonesBefore: 0, surplusBefore: 0, tombstones: 0 };
      expect(await current().prune(outdated, 2)).toEqual({ touched: 2, more: true });
      expect(await current().prune(outdated, 2)).toEqual({ touched: 1, more: false });
    });

    it('takes fewer where they are large, and one at least', async () => {
      await keep(current(), task('large', { args: JSON.stringify(['x'.repeat(40_000)]) }));
      await finishOne(current(), NOW);
      await ended(1);
      const outdated = { bodiesBefore: NOW + 9, tombstonesBefore: 0, surplusBefore: 0, tombstones: 0 };
      expect(await current().prune(outdated, 9)).toEqual({ touched: 1, more: true });
      expect((await current().get(['large', 'at 1'])).map((record) => record?.args)).toEqual(['', '[2,2]']);
      expect(await current().prune(outdated, 9)).toEqual({ touched: 1, more: false });
    });

    it('of more tombstones than are to be kept deletes the oldest, as far as they ended before', async () => {
      await ended(1, 2, 3, 4, 5);
      await prune(current(), NOW + 9, 0, 10);
      await ended(6);
      const ids = ['at 1', 'at 2', 'at 3', 'at 4', 'at 5', 'at 6'];
      const left = async () => (await current().get(ids)).filter((record) => record !== undefined).length;
      const surplus = (before: number, tombstones: number) =>
        current().prune(
          { bodiesBefore: 0, tombstonesBefore: 0, surplusBefore: NOW + before, tombstones },
          10,
        );
      expect(await surplus(2, 3)).toEqual({ touched: 1, more: false });
      expect(await surplus(9, 5)).toEqual({ touched: 0, more: false });
      expect(await surplus(9, 3)).toEqual({ touched: 1, more: false });
      expect((await current().get(['at 2', 'at 3', 'at 6'])).map((record) => record?.args)).toEqual([
        undefined,
        '',
        '[2,2]',
      ]);
      // One that is whole is no tombstone, one that was forgotten is.
      const [last] = await current().get(['at 6']);
      if (last !== undefined) await current().advance([change(last, forget(last))]).committed;
      expect(await surplus(9, 3)).toEqual({ touched: 1, more: false });
      expect(await left()).toBe(3);
      expect(await surplus(9, 0)).toEqual({ touched: 3, more: false });
    });

    it('counts as many tombstones as there are, however they came and went', async () => {
      const step = fc.tuple(
        fc.constantFrom('ends', 'ends', 'forgotten', 'forgotten again', 'stripped', 'deleted'),
        fc.nat(9),
      );
      let count = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (steps) => {
          const ids: string[] = [];
          const left = async () => (await current().get(ids)).flatMap((one) => one ?? []);
          for (const [what, number] of steps) {
            const there = await left();
            const one = there[number % Math.max(1, there.length)];
            if (what === 'ends') {
              ids.push(`counted ${count}`);
              await keep(current(), task(`counted ${count++}`));
              await finishOne(current(), NOW + number);
            } else if (what === 'stripped') await prune(current(), NOW + number, 0, 100);
            else if (what === 'deleted') await prune(current(), 0, NOW + number, 100);
            else if (one !== undefined) await current().advance([change(one, forget(one))]).committed;
          }
          const bare = (await left()).filter(({ args }) => args === '').length;
          const most = Math.floor(bare / 2);
          const surplus = { bodiesBefore: 0, tombstonesBefore: 0, surplusBefore: NOW + 10, tombstones: most };
          expect(await current().prune(surplus, 100)).toEqual({ touched: bare - most, more: false });
          expect((await left()).filter(({ args }) => args === '')).toHaveLength(most);
          await prune(current(), 0, NOW + 10, 100);
          expect(await left()).toEqual([]);
        }),
        { numRuns: 12 },
      );
    });

    it('finding 5: forgets lanes that nobody waits in, and a task that comes back finds its own again', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      expect(await prune(current(), NOW, NOW, 10)).toBe(0);
      const back = requeue(running, NOW);
      expect(await current().advance([change(claimed, running), change(running, back)]).committed).toEqual([
        'applied',
        'applied',
      ]);
      expect([[...current().waiting], current().lanes]).toEqual([[['default', 1]], 1]);
      expect(await current().ready(['default'], ['add', 'mul'])).toEqual([{ lane: LANE, count: 1 }]);
      expect(await claimOne(current())).toMatchObject({ id: 'a', requeues: 1 });
      expect([[...current().waiting], current().lanes]).toEqual([[], 0]);
    });

    it('never gives the key of a deleted task to another', async () => {
      const kept = await keep(current(), task('a'));
      await finishOne(current());
      await prune(current(), NOW + 1, NOW + 1, 10);
      expect((await keep(current(), task('b'))).key).toBeGreaterThan(kept.key);
    });
  });
}
