import { beforeEach, describe, expect, it } from 'vitest';
import { outlineOf, type StoredTask } from '../../core/record.ts';
import { adoptDefinition, complete, release, start } from '../../core/transitions.ts';
import type { Engine, TaskChange } from '../engine.ts';
import { change, claimAsk, claimOne, definitionOf, finishOne, keep, LANE, NOW, task, uuid } from './tasks.ts';

/** What changes bring into the world. */
export function describeSpawn(current: () => Engine): void {
  describe('advance, of a change that spawns', () => {
    let claimed: StoredTask;
    let running: StoredTask;
    let ended: StoredTask;
    beforeEach(async () => {
      await keep(current(), task('parent'));
      claimed = await claimOne(current());
      running = start(claimed, NOW);
      ended = complete(running, '4', NOW);
    });

    const spawning = (from: StoredTask, to: StoredTask, ...spawn: readonly StoredTask[]): TaskChange => ({
      ...change(from, to),
      spawn,
    });
    const present = async (...ids: readonly string[]): Promise<readonly boolean[]> =>
      (await current().get(ids)).map((record) => record !== undefined);

    it('keeps every field of what it spawns, which has a key of its own', async () => {
      const child = task(uuid(1), {
        args: ['text/x', '\ud800'],
        prepend: ['4'],
        lineage: { rootId: 'parent', parentId: 'parent' },
        subject: 'alice',
        call: { priority: 7 },
        options: { queue: 'media', priority: 7 },
        expiresAt: NOW + 9,
      });
      const verdicts = await current().advance([spawning(claimed, running, child, task('other'))]).committed;
      expect(verdicts).toEqual(['applied']);
      const [kept, other] = await current().get([child.id, 'other']);
      expect(kept).toEqual({ ...child, key: kept?.key });
      expect(kept?.key).toBeGreaterThan(claimed.key);
      expect(other?.key).toBeGreaterThan(kept?.key ?? 0);
      expect((await keep(current(), task('later'))).key).toBeGreaterThan(other?.key ?? 0);
    });

    it.each(['unrouted', 'scheduled', 'ready'] as const)(
      'spawns a task that is %s, which is found there',
      async (phase) => {
        const child = task('child', {
          routed: phase !== 'unrouted',
          dueAt: phase === 'scheduled' ? NOW + 1 : null,
        });
        await current().advance([spawning(claimed, running, child)]).committed;
        expect(await current().get(['child'])).toMatchObject([{ phase }]);
        expect(await current().unrouted(['add'], 9)).toHaveLength(phase === 'unrouted' ? 1 : 0);
        expect(await current().promoteDue(NOW + 1, 9)).toMatchObject({
          ready: phase === 'scheduled' ? [{ lane: LANE, count: 1 }] : [],
        });
        expect((await current().claim([claimAsk({ seed: 'next' })], NOW + 1))[0]).toHaveLength(
          phase === 'unrouted' ? 0 : 1,
        );
      },
    );

    it('spawns nothing where it is missed', async () => {
      const stale = { ...running, version: running.version + 7 };
      const verdicts = await current().advance([
        spawning(stale, complete(stale, '5', NOW), task('lost')),
        spawning(claimed, running, task('child')),
        spawning(claimed, running, task('again')),
      ]).committed;
      expect(verdicts).toEqual(['missed', 'applied', 'missed']);
      expect(await present('lost', 'child', 'again')).toEqual([false, true, false]);
    });

    it('spawns with each change that applied, be it joined to another or not', async () => {
      await current().advance([change(claimed, running, false)]).committed;
      const verdicts = await current().advance([
        spawning(claimed, running, task('of the start')),
        spawning(running, ended, task('of the end')),
      ]).committed;
      expect(verdicts).toEqual(['missed', 'applied']);
      expect(await present('of the start', 'of the end')).toEqual([false, true]);
    });

    it('spawns what a start and its end in one turn brought', async () => {
      const verdicts = await Promise.all([
        current().advance([spawning(claimed, running, task('of the start'))]).committed,
        current().advance([spawning(running, ended, task('of the end'))]).committed,
      ]);
      expect(verdicts).toEqual([['applied'], ['applied']]);
      expect(await present('of the start', 'of the end')).toEqual([true, true]);
    });

    it('leaves an id that exists untouched', async () => {
      const kept = await keep(current(), task('child'));
      const verdicts = await current().advance([
        spawning(claimed, running, task('child', { args: '[3]' }), task('parent', { args: '[3]' })),
        spawning(running, ended, task('twin'), task('twin', { args: '[3]' })),
      ]).committed;
      expect(verdicts).toEqual([['child', 'parent'], ['twin']]);
      expect(await current().get(['parent', 'child', 'twin'])).toMatchObject([
        ended,
        kept,
        { args: '[2,2]' },
      ]);
    });

    it('has no child under an id that was taken, be it joined to another change or not', async () => {
      const taken = '"half \ud800';
      await keep(current(), task(taken));
      const last = adoptDefinition(ended, ['own', taken, 'new']);
      const verdicts = await Promise.all([
        current().advance([change(claimed, running)]).committed,
        current().advance([spawning(running, last, task(taken), task('new'))]).committed,
      ]);
      expect(verdicts).toEqual([['applied'], [[taken]]]);
      const [parent] = await current().get(['parent']);
      expect(parent).toEqual({ ...last, children: ['own', 'new'] });
    });

    it('spawns before what is called after it, and after what is called before', async () => {
      const before = current().claim([claimAsk({ seed: 'before' })], NOW);
      const begun = current().advance([spawning(claimed, running, task('child'))]).applied;
      const twin = current().insert([task('child', { args: '[3]' })]).applied;
      const after = current().claim([claimAsk({ seed: 'after' })], NOW);
      void current().advance([change(running, ended)]);
      expect(await before).toEqual([[]]);
      expect(await begun).toEqual(['applied']);
      expect(await twin).toMatchObject([{ inserted: false, same: false }]);
      expect(await after).toMatchObject([[{ id: 'child' }]]);
    });

    it('spawns in the order of the changes', async () => {
      const other = await keep(current(), task('other')).then(() => claimOne(current(), { seed: 'other' }));
      await current().advance([
        change(claimed, running, false),
        spawning(other, release(other, NOW), task('first'), task('contested')),
        spawning(running, ended, task('second'), task('contested', { args: '[3]' })),
      ]).committed;
      const [first, second, contested] = await current().get(['first', 'second', 'contested']);
      expect(second?.key).toBeGreaterThan(first?.key ?? 0);
      expect(contested).toMatchObject({ args: '[2,2]' });
    });

    it('lets what it spawned live like any task', async () => {
      await current().define([definitionOf('add')]).committed;
      await current().advance([spawning(claimed, running, task('child'))]).committed;
      const done = await finishOne(current());
      expect(done).toMatchObject({ id: 'child', state: 'SUCCESS' });
      expect(await current().insert([task('child')]).committed).toEqual([
        { inserted: false, same: true, acceptedAt: NOW, existing: outlineOf(done) },
      ]);
    });

    it('spawns nothing of an empty list', async () => {
      expect(await current().advance([spawning(claimed, running)]).committed).toEqual(['applied']);
    });
  });
}
