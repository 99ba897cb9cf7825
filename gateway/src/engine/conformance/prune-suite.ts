import { describe, expect, it } from 'vitest';
import { requeue, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimOne, finishOne, keep, LANE, NOW, task } from './tasks.ts';

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
      expect(await current().prune(NOW + 3, NOW, 10)).toBe(2);
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
      await current().prune(NOW + 1, NOW, 10);
      expect(await current().get(['a'])).toMatchObject([{ args: '', prepend: [], lineage }]);
      expect(await current().insert([task('a')]).committed).toMatchObject([{ same: true }]);
    });

    it('does each task once', async () => {
      await ended(1, 2);
      expect(await current().prune(NOW + 9, NOW, 10)).toBe(2);
      expect(await current().prune(NOW + 9, NOW, 10)).toBe(0);
    });

    it('leaves a tombstone that refuses other content', async () => {
      await ended(1);
      await current().prune(NOW + 9, NOW, 10);
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
      await current().prune(NOW + 2, NOW, 10);
      await ended(2, 5);
      expect(await current().prune(NOW + 3, NOW + 3, 10)).toBe(2);
      expect(await current().get(['at 1', 'at 2'])).toEqual([undefined, undefined]);
      expect((await current().get(['at 5']))[0]).toMatchObject({ args: '[2,2]' });
      expect(await current().insert([task('at 1', { args: '[]' })]).committed).toMatchObject([
        { inserted: true },
      ]);
    });

    it('touches at most so many, and tells by fewer that it is done', async () => {
      await ended(1, 2, 3, 4, 5);
      const touched: number[] = [];
      for (let round = 0; round < 4; round++) touched.push(await current().prune(NOW + 6, NOW + 3, 2));
      expect(touched).toEqual([2, 2, 1, 0]);
    });

    it('finding 5: forgets lanes that nobody waits in, and a task that comes back finds its own again', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      expect(await current().prune(NOW, NOW, 10)).toBe(0);
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
      await current().prune(NOW + 1, NOW + 1, 10);
      expect((await keep(current(), task('b'))).key).toBeGreaterThan(kept.key);
    });
  });
}
