import { DEFAULT_OPTIONS } from '@celeriac/protocol/internal';
import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../core/record.ts';
import { complete, lose, release, retry, revokeTask, route, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimAsk, claimOne, keep, LANE, NOW, task } from './tasks.ts';

export function describeAdvance(current: () => Engine): void {
  describe('advance', () => {
    it('records a change', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW + 1);
      expect(await current().advance([change(claimed, running)]).committed).toEqual(['applied']);
      expect(await current().get(['a'])).toEqual([running]);
    });

    it('keeps every field that may change', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const to = {
        ...retry(start(claimed, NOW), ['text/x', '\ud800'], NOW + 50, NOW + 1),
        expiresAt: NOW + 99,
        deliveries: 2,
        requeues: 3,
        trialMs: 5,
        children: ['child', '\udc00'],
        history: { entries: start(claimed, NOW).history.entries, omitted: 7 },
      };
      expect(await current().advance([change(claimed, to)]).committed).toEqual(['applied']);
      expect(await current().get(['a'])).toEqual([to]);
    });

    it('misses a task that has moved on, and leaves it', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      await current().advance([change(claimed, running)]).committed;
      expect(await current().advance([change(claimed, complete(running, '5', NOW))]).committed).toEqual([
        'missed',
      ]);
      expect(await current().get(['a'])).toEqual([running]);
    });

    it('misses a lease of the same version but another nonce', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const stale = { ...claimed, lease: { session: 'session-1', worker: 'worker-1', nonce: 'another' } };
      const verdicts = await current().advance([
        change(stale, start(stale, NOW)),
        change({ ...claimed, lease: null }, start(claimed, NOW)),
      ]).committed;
      expect(verdicts).toEqual(['missed', 'missed']);
      expect(await current().get(['a'])).toEqual([claimed]);
    });

    it('misses what was decided on a start that lost to another outcome of the same version', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const won = retry(claimed, 'again', NOW + 5, NOW);
      const lost = start(claimed, NOW);
      const changes = [change(claimed, won), change(claimed, lost), change(lost, complete(lost, '4', NOW))];
      expect(await current().advance(changes).committed).toEqual(['applied', 'missed', 'missed']);
      expect(await current().get(['a'])).toEqual([won]);
    });

    it('misses a task that is not there', async () => {
      const ghost = { ...task('ghost'), key: 4711 };
      expect(await current().advance([change(ghost, revokeTask(ghost, 'revoked', NOW))]).committed).toEqual([
        'missed',
      ]);
    });

    it('is missed when it comes again', async () => {
      const kept = await keep(current(), task('a'));
      const again = change(kept, revokeTask(kept, 'revoked', NOW));
      expect(await current().advance([again]).committed).toEqual(['applied']);
      expect(await current().advance([again]).committed).toEqual(['missed']);
    });

    it('judges each change on its own', async () => {
      const one = await keep(current(), task('a'));
      const other = await keep(current(), task('b'));
      const old = { ...one, version: 9 };
      const verdicts = await current().advance([
        change(old, revokeTask(old, 'revoked', NOW)),
        change(other, revokeTask(other, 'revoked', NOW)),
      ]).committed;
      expect(verdicts).toEqual(['missed', 'applied']);
    });

    it('sees the first change of a task in the second, in one batch or in two', async () => {
      await keep(current(), task('a'));
      await keep(current(), task('b'));
      for (const id of ['a', 'b']) {
        const claimed = await claimOne(current(), { seed: id });
        const running = start(claimed, NOW);
        const ended = complete(running, '4', NOW);
        const [first, second] = [change(claimed, running, false), change(running, ended)];
        if (id === 'a')
          expect(await current().advance([first, second]).committed).toEqual(['applied', 'applied']);
        else {
          const verdicts = await Promise.all([
            current().advance([first]).committed,
            current().advance([second]).committed,
          ]);
          expect(verdicts).toEqual([['applied'], ['applied']]);
        }
        expect(await current().get([id])).toEqual([ended]);
      }
    });

    it('lets the second apply where only the first is late', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      await current().advance([change(claimed, running)]).committed;
      const ended = complete(running, '4', NOW);
      expect(await current().advance([change(claimed, running), change(running, ended)]).committed).toEqual([
        'missed',
        'applied',
      ]);
      expect(await current().get(['a'])).toEqual([ended]);
    });

    it('shows a get between two changes the one before it', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      void current().advance([change(claimed, running, false)]);
      const between = current().get(['a']);
      const twin = current().insert([task('a')]).applied;
      void current().advance([change(running, complete(running, '4', NOW))]);
      expect(await between).toEqual([running]);
      expect(await twin).toEqual([
        { inserted: false, same: true, acceptedAt: NOW, existing: outlineOf(running) },
      ]);
    });

    it('takes effect before a claim that comes after it', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      void current().advance([change(claimed, release(claimed, NOW), false)]);
      const again = await current().claim([claimAsk({ seed: 'again' })], NOW);
      expect(again).toMatchObject([[{ id: 'a', attempt: 2 }]]);
    });

    it('moves a task into the lane of its new options', async () => {
      const kept = await keep(current(), task('a', { routed: false }));
      const options = { ...DEFAULT_OPTIONS, queue: 'media', priority: 4 };
      const routed = route(kept, options, NOW + 9, NOW);
      await current().advance([change(kept, routed)]).committed;
      expect(await current().get(['a'])).toEqual([routed]);
      expect(await current().claim([claimAsk()], NOW)).toEqual([[]]);
      const claimed = await claimOne(current(), { lanes: [{ ...LANE, queue: 'media' }] });
      expect(claimed).toMatchObject({ id: 'a', options, expiresAt: NOW + 9 });
    });

    it('moves a lost task into the lane of those that run alone', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const running = start(claimed, NOW);
      const verdicts = await current().advance([
        change(claimed, running),
        change(running, lose(running, NOW, 5)),
      ]).committed;
      expect(verdicts).toEqual(['applied', 'applied']);
      expect(await claimOne(current(), { lanes: [{ ...LANE, kind: 'suspect' }], seed: '2' })).toMatchObject({
        deliveries: 1,
        trialMs: 5,
      });
    });

    it('commits changes that nobody is in a hurry for as well', async () => {
      const kept = await keep(current(), task('a'));
      expect(
        await current().advance([change(kept, revokeTask(kept, 'revoked', NOW), false)]).committed,
      ).toEqual(['applied']);
    });
  });
}
