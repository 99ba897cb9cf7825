import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredTask } from '../../core/record.ts';
import { complete, release, retry, revokeTask, start } from '../../core/transitions.ts';
import type { Engine, LaneCount } from '../engine.ts';
import { change, claimAsk, claimOne, keep, LANE, NOW, type Sample, task } from './tasks.ts';

/** Tasks of which only so many of one key may be ready, leased or running. */
export function describeGates(current: () => Engine): void {
  const keyed = (id: string, key = 'k', sample: Sample = {}, keyLimit = 1) =>
    task(id, {
      ...sample,
      call: { concurrencyKey: key, ...sample.call },
      options: { ...sample.options, keyLimit },
    });
  const claimed = async (seed: string, now = NOW): Promise<readonly string[]> =>
    ((await current().claim([claimAsk({ seed })], now))[0] ?? []).map(({ id }) => id);
  const phases = async (...ids: readonly string[]): Promise<readonly (string | undefined)[]> =>
    (await current().get(ids)).map((record) => record?.phase);

  describe('a gate', () => {
    let told: LaneCount[];
    beforeEach(() => {
      told = [];
      current().onUnblocked((lanes) => told.push(...lanes));
    });

    it('lets through as many as its limit says, and blocks the others', async () => {
      await current().insert([
        ...['a', 'b', 'c'].map((id) => keyed(id)),
        ...['d', 'e', 'f'].map((id) => keyed(id, 'two', {}, 2)),
      ]).applied;
      expect(await phases('a', 'b', 'c')).toEqual(['ready', 'blocked', 'blocked']);
      expect(await claimed('1')).toEqual(['a', 'd', 'e']);
      expect(await phases('d', 'e', 'f')).toEqual(['leased', 'leased', 'blocked']);
      expect(await claimed('2')).toEqual([]);
    });

    it('lets through as many as at first once all have left it, whatever became of them', async () => {
      const KEYS = ['k1', 'k2'];
      const step = fc.tuple(
        fc.constantFrom('comes', 'comes', 'claimed', 'ends', 'retried', 'given back', 'revoked'),
        fc.nat(20),
      );
      let count = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
          const ids: string[] = [];
          const come = async (key: string): Promise<string> => {
            const id = `random ${count++}`;
            ids.push(id);
            await current().insert([keyed(id, key, {}, 2)]).applied;
            return id;
          };
          const live = async (): Promise<readonly StoredTask[]> =>
            (await current().get(ids)).flatMap((one) =>
              one === undefined || one.phase === 'ended' ? [] : [one],
            );
          for (const [what, number] of steps) {
            const all = await live();
            const held = all.filter(({ phase }) => phase === 'leased' || phase === 'running');
            const one =
              what === 'revoked'
                ? all[number % Math.max(1, all.length)]
                : held[number % Math.max(1, held.length)];
            if (what === 'comes') await come(KEYS[number % 2] ?? '');
            else if (what === 'claimed')
              await current().claim([claimAsk({ seed: `seed ${count++}`, limit: 1 })], NOW);
            else if (one === undefined) continue;
            else if (what === 'revoked')
              await current().advance([change(one, revokeTask(one, 'revoked', NOW))]).applied;
            else if (what === 'given back') await current().advance([change(one, release(one, NOW))]).applied;
            else {
              const running = one.phase === 'running' ? one : start(one, NOW);
              const next = what === 'ends' ? complete(running, '4', NOW) : retry(running, '{}', NOW, NOW);
              const changes = running === one ? [] : [change(one, running)];
              await current().advance([...changes, change(running, next)]).applied;
            }
          }
          // One leaves after the other, and each lets the next one through.
          const empty = async (): Promise<void> => {
            for (let [one] = await live(); one !== undefined; [one] = await live())
              await current().advance([change(one, revokeTask(one, 'revoked', NOW))]).applied;
          };
          await empty();
          expect([[...current().waiting], current().lanes]).toEqual([[], 0]);
          for (const key of KEYS)
            expect(await phases(await come(key), await come(key), await come(key))).toEqual([
              'ready',
              'ready',
              'blocked',
            ]);
          await empty();
        }),
        { numRuns: 15 },
      );
    });

    it('is one for each name and key', async () => {
      const plain = task('plain');
      await current().insert([
        keyed('a'),
        keyed('b', 'other'),
        keyed('c', 'k', { name: 'sub' }),
        keyed('d', 'k', { options: { queue: 'other' } }),
        plain,
        task('e'),
      ]).applied;
      expect(await phases('a', 'b', 'c', 'd', 'plain', 'e')).toEqual([
        'ready',
        'ready',
        'ready',
        'blocked',
        'ready',
        'ready',
      ]);
    });

    it('holds together those whose task wants a key that their call does not have', async () => {
      await current().insert(['a', 'b'].map((id) => task(id, { options: { keyLimit: 1 } }))).applied;
      expect(await phases('a', 'b')).toEqual(['ready', 'blocked']);
    });

    it('opens for the best of those that wait when one has left, and tells which lane has it', async () => {
      await current().insert([
        keyed('a'),
        keyed('late'),
        keyed('important', 'k', { options: { priority: 9 } }),
        keyed('last'),
      ]).applied;
      told = [];
      const first = await claimOne(current(), { seed: '1' });
      const running = start(first, NOW);
      await current().advance([change(first, running, false)]).applied;
      expect(await phases('late', 'important', 'last')).toEqual(['blocked', 'blocked', 'blocked']);
      await current().advance([change(running, complete(running, '4', NOW))]).applied;
      expect(told).toEqual([{ lane: LANE, count: 1 }]);
      expect(await phases('late', 'important', 'last')).toEqual(['blocked', 'ready', 'blocked']);
      expect((await current().get(['important']))[0]?.version).toBe(2);
      for (const [seed, id] of ['important', 'late', 'last'].entries()) {
        const next = await claimOne(current(), { seed: `next ${seed}` });
        expect(next.id).toBe(id);
        await current().advance([change(next, complete(start(next, NOW), '4', NOW))]).applied;
      }
    });

    it('keeps the place of one that comes back to its lane', async () => {
      await current().insert([keyed('a'), keyed('b', 'k', { options: { priority: 9 } })]).applied;
      const first = await claimOne(current());
      await current().advance([change(first, release(first, NOW))]).applied;
      expect(await phases('a', 'b')).toEqual(['ready', 'blocked']);
    });

    it('is left by one that waits for its retry, which then waits for its turn', async () => {
      await current().insert([keyed('a'), keyed('b')]).applied;
      const first = await claimOne(current(), { seed: '1' });
      await current().advance([change(first, retry(start(first, NOW), 'oh', NOW + 10, NOW))]).applied;
      expect(await phases('a', 'b')).toEqual(['scheduled', 'ready']);
      expect(await current().promoteDue(NOW + 10, 10)).toEqual({ ready: [], nextDueAt: null });
      expect(await phases('a')).toEqual(['blocked']);
      const second = await claimOne(current(), { seed: '2' });
      await current().advance([change(second, complete(start(second, NOW), '4', NOW))]).applied;
      expect(await phases('a')).toEqual(['ready']);
    });

    it('lets through as many of those that fall due as have room', async () => {
      await current().insert(['a', 'b', 'c'].map((id) => keyed(id, 'k', { dueAt: NOW + 5 }, 2))).applied;
      told = [];
      const { ready } = await current().promoteDue(NOW + 5, 10);
      expect(ready).toEqual([{ lane: LANE, count: 2 }]);
      expect(told).toEqual([]);
      expect(await phases('a', 'b', 'c')).toEqual(['ready', 'ready', 'blocked']);
    });

    it('is no hindrance to revoking or expiring one that waits', async () => {
      await current().insert([keyed('a'), keyed('b'), keyed('c', 'k', { expiresAt: NOW + 1 }), keyed('d')])
        .applied;
      const [b] = await current().get(['b']);
      if (b === undefined) throw new Error('there is no task b');
      await current().advance([change(b, revokeTask(b, 'revoked', NOW))]).applied;
      const { records } = await current().expired(NOW + 1, 10);
      expect(records).toMatchObject([{ id: 'c', phase: 'blocked' }]);
      for (const record of records)
        await current().advance([change(record, revokeTask(record, 'expired', NOW + 1))]).applied;
      expect(await phases('a', 'b', 'c', 'd')).toEqual(['ready', 'ended', 'ended', 'blocked']);
    });

    it('counts what a change spawns', async () => {
      const parent = await keep(current(), task('parent')).then(() => claimOne(current(), { seed: '1' }));
      const ended = complete(start(parent, NOW), '4', NOW);
      await current().advance([{ ...change(parent, ended), spawn: [keyed('a'), keyed('b')] }]).applied;
      expect(await phases('a', 'b')).toEqual(['ready', 'blocked']);
    });

    it('counts one that is inserted in the hands of a worker', async () => {
      const held = {
        ...keyed('a'),
        phase: 'leased',
        lease: { session: 's', worker: 'w', nonce: 'n' },
      } as const;
      await current().insert([held, keyed('b')]).applied;
      expect(await phases('a', 'b')).toEqual(['leased', 'blocked']);
    });

    it('goes by what was set for the name, and lets through at once what that allows', async () => {
      await current().insert([
        ...['a', 'b', 'c', 'd'].map((id) => keyed(id)),
        ...['e', 'f'].map((id) => keyed(id, 'k', { name: 'sub' })),
      ]).applied;
      told = [];
      await current().tune([['add', { keyLimit: 3 }]]).applied;
      expect(told).toEqual([{ lane: LANE, count: 2 }]);
      expect(await phases('a', 'b', 'c', 'd', 'f')).toEqual([
        'ready',
        'ready',
        'ready',
        'blocked',
        'blocked',
      ]);
      // What is through stays, and nobody follows until there is room under the new limit.
      await current().tune([['add', { keyLimit: 1 }]]).applied;
      const [first, second] = [
        await claimOne(current(), { seed: '1' }),
        await claimOne(current(), { seed: '2' }),
      ];
      for (const one of [first, second])
        await current().advance([change(one, complete(start(one, NOW), '4', NOW))]).applied;
      expect(await phases('c', 'd')).toEqual(['ready', 'blocked']);
      await current().tune([['add', { keyLimit: null }]]).applied;
      await current().insert([keyed('g')]).applied;
      expect(await phases('c', 'd', 'g')).toEqual(['ready', 'ready', 'ready']);
      await current().tune([['add', {}]]).applied;
      await current().insert([keyed('h')]).applied;
      expect(await phases('h')).toEqual(['blocked']);
    });
  });
}
