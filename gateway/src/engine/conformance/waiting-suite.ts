import { describe, expect, it } from 'vitest';
import { complete, release, revokeTask, route, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimAsk, claimOne, finishOne, keep, LANE, NOW, task } from './tasks.ts';

export function describeWaiting(current: () => Engine): void {
  const idsOf = (records: readonly { readonly id: string }[]): readonly string[] =>
    records.map((record) => record.id);

  describe('promoteDue', () => {
    it('makes due tasks ready, the longest due first, and says where', async () => {
      await current().insert([
        task('c', { dueAt: NOW + 3 }),
        task('a', { dueAt: NOW + 1 }),
        task('b', { dueAt: NOW + 2, name: 'sub' }),
        task('z', { dueAt: NOW + 9 }),
      ]).applied;
      expect(await current().promoteDue(NOW, 10)).toEqual({ ready: [], nextDueAt: NOW + 1 });
      expect(await current().promoteDue(NOW + 3, 2)).toEqual({
        ready: [
          { lane: LANE, count: 1 },
          { lane: { ...LANE, name: 'sub' }, count: 1 },
        ],
        nextDueAt: NOW + 3,
      });
      expect(await current().promoteDue(NOW + 3, 2)).toEqual({
        ready: [{ lane: LANE, count: 1 }],
        nextDueAt: NOW + 9,
      });
      expect(await current().promoteDue(NOW + 9, 2)).toMatchObject({ nextDueAt: null });
    });

    it('changes nothing that a user sees, but the version', async () => {
      const kept = await keep(current(), task('a', { dueAt: NOW + 1 }));
      await current().promoteDue(NOW + 1, 1);
      expect(await current().get(['a'])).toEqual([{ ...kept, phase: 'ready', version: kept.version + 1 }]);
      expect(await current().advance([change(kept, revokeTask(kept, 'revoked', NOW))]).committed).toEqual([
        'missed',
      ]);
    });

    it('lets the older task go first, whenever it was due', async () => {
      await current().insert([
        task('late', { dueAt: NOW + 2 }),
        task('soon', { dueAt: NOW + 1 }),
        task('new'),
      ]).applied;
      await current().promoteDue(NOW + 5, 10);
      expect((await current().claim([claimAsk()], NOW + 5)).map(idsOf)).toEqual([['late', 'soon', 'new']]);
    });
  });

  describe('expired', () => {
    it('finds every waiting task that has expired, the longest first', async () => {
      await current().insert([
        task('ready', { expiresAt: NOW + 3 }),
        task('unrouted', { expiresAt: NOW + 1, routed: false }),
        task('scheduled', { expiresAt: NOW + 2, dueAt: NOW + 9 }),
        task('later', { expiresAt: NOW + 4 }),
        task('never'),
      ]).applied;
      const { records, nextExpiryAt } = await current().expired(NOW + 3, 10);
      expect(idsOf(records)).toEqual(['unrouted', 'scheduled', 'ready']);
      expect(nextExpiryAt).toBe(NOW + 4);
      const cut = await current().expired(NOW + 3, 2);
      expect(idsOf(cut.records)).toEqual(['unrouted', 'scheduled']);
      expect(cut.nextExpiryAt).toBe(NOW + 3);
    });

    it('changes nothing', async () => {
      const kept = await keep(current(), task('a', { expiresAt: NOW }));
      const report = { records: [kept], nextExpiryAt: null };
      expect(await current().expired(NOW, 10)).toEqual(report);
      expect(await current().expired(NOW, 10)).toEqual(report);
      expect(await current().get(['a'])).toEqual([kept]);
    });

    it('leaves alone what is held or has ended', async () => {
      await keep(current(), task('ended', { expiresAt: NOW + 1 }));
      await finishOne(current());
      await keep(current(), task('held', { expiresAt: NOW + 1 }));
      await claimOne(current());
      expect(await current().expired(NOW + 5, 10)).toEqual({ records: [], nextExpiryAt: null });
    });
  });

  describe('waiting', () => {
    it('counts what is unrouted, scheduled or ready in each queue, and nothing else', async () => {
      expect([...current().waiting]).toEqual([]);
      const media = { queue: 'media' };
      await current().insert([
        task('a'),
        task('b', { dueAt: NOW + 1 }),
        task('c', { routed: false, options: media }),
        task('d', { options: media }),
        task('e', { expiresAt: NOW }),
      ]).applied;
      await current().insert([task('a'), task('b', { args: '[]' })]).applied;
      expect(new Map(current().waiting)).toEqual(
        new Map([
          ['default', 3],
          ['media', 2],
        ]),
      );
      // What has expired waits to be revoked.
      const leased = await claimOne(current());
      expect(current().waiting.get('default')).toBe(2);
      await current().promoteDue(NOW + 1, 10);
      expect(current().waiting.get('default')).toBe(2);
      await current().advance([change(leased, release(leased, NOW))]).applied;
      expect(current().waiting.get('default')).toBe(3);
    });

    it('follows a task to another queue, and counts no change that was missed', async () => {
      const kept = await keep(current(), task('a', { routed: false }));
      const revoked = revokeTask(kept, 'revoked', NOW);
      const moved = route(kept, { ...kept.options, queue: 'other' }, null, NOW);
      await current().advance([change(kept, moved), change(kept, revoked)]).applied;
      expect([...current().waiting]).toEqual([['other', 1]]);
      await current().advance([change(moved, revokeTask(moved, 'revoked', NOW))]).applied;
      expect([...current().waiting]).toEqual([]);
    });

    it('counts a task that comes to be by the end of another once', async () => {
      await keep(current(), task('next'));
      await keep(current(), task('one', { options: { priority: 9 } }));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      const spawn = [task('next'), task('after')];
      const ended = complete(running, '4', NOW);
      await current().advance([change(claimed, running), { ...change(running, ended), spawn }]).applied;
      expect([...current().waiting]).toEqual([['default', 2]]);
    });
  });

  describe('unrouted', () => {
    it('finds unrouted tasks by name, whatever queue their calls named', async () => {
      await current().insert([
        task('a', { routed: false }),
        task('b', { routed: false, options: { queue: 'other' } }),
        task('c', { routed: false, name: 'sub' }),
        task('d', { routed: false, name: 'third' }),
        task('e'),
      ]).applied;
      expect(new Set(idsOf(await current().unrouted(['add', 'sub', 'none', 'add'], 10)))).toEqual(
        new Set(['a', 'b', 'c']),
      );
      expect(await current().unrouted(['add', 'sub'], 2)).toHaveLength(2);
      expect(await current().unrouted([], 2)).toEqual([]);
    });

    it('changes nothing', async () => {
      const kept = await keep(current(), task('a', { routed: false }));
      expect(await current().unrouted(['add'], 10)).toEqual([kept]);
      expect(await current().unrouted(['add'], 10)).toEqual([kept]);
    });
  });
}
