import type { WirePayload } from '@celeriac/protocol/internal';
import { describe, expect, it } from 'vitest';
import { outlineOf, type StoredTask } from '../../core/record.ts';
import { failAttempt, forget, retry, start } from '../../core/transitions.ts';
import type { Engine } from '../engine.ts';
import { change, claimOne, finishOne, keep, NOW, prune, task } from './tasks.ts';

export function describeArguments(current: () => Engine): void {
  describe('advance of a task whose arguments are dropped', () => {
    it('remembers the content of a task whose arguments are dropped', async () => {
      await keep(current(), task('a'));
      const claimed = await claimOne(current());
      const failed = failAttempt(start(claimed, NOW), 'error', '{}', NOW);
      await current().advance([change(claimed, failed)]).committed;
      const forgotten = forget(failed);
      expect(await current().advance([change(failed, forgotten)]).committed).toEqual(['applied']);
      expect(await current().insert([task('a'), task('a', { args: '' })]).committed).toMatchObject([
        { same: true, acceptedAt: NOW, existing: outlineOf(forgotten) },
        { same: false },
      ]);
    });

    it.each(['', '[]'])(
      'leaves no more than a tombstone of a forgotten task whose arguments were %j',
      async (args) => {
        await keep(current(), task('a', { args }));
        const ended = await finishOne(current());
        const forgotten = forget(ended);
        expect(await current().advance([change(ended, forgotten)]).committed).toEqual(['applied']);
        expect(await prune(current(), NOW + 1, NOW, 10)).toBe(0);
        expect(await current().get(['a'])).toEqual([forgotten]);
        expect(
          await current().insert([task('a', { args }), task('a', { args: '[1]' })]).committed,
        ).toMatchObject([{ same: true }, { same: false }]);
        expect(await prune(current(), NOW + 1, NOW + 1, 10)).toBe(1);
        expect(await current().get(['a'])).toEqual([undefined]);
      },
    );
  });

  describe('advance to other arguments', () => {
    const inserted = task('a', { prepend: ['4'] });

    /** Retries a task once with each of these. */
    async function retried(...runs: readonly WirePayload[]): Promise<StoredTask> {
      let last = await keep(current(), inserted);
      for (const [run, args] of runs.entries()) {
        const claimed = await claimOne(current(), { seed: `${run}` });
        const running = start(claimed, NOW);
        last = retry(running, 'again', NOW, NOW, args);
        const verdicts = await current().advance([change(claimed, running, false), change(running, last)])
          .committed;
        expect(verdicts).toEqual(['applied', 'applied']);
      }
      return last;
    }

    async function expectAsInserted(...others: readonly WirePayload[]): Promise<void> {
      const same = [];
      for (const record of [inserted, ...others.map((args) => task('a', { args }))]) {
        const [verdict] = await current().insert([record]).committed;
        same.push(verdict?.inserted === false && verdict.same);
      }
      expect(same).toEqual([true, ...others.map(() => false)]);
    }

    it.each(['[3]', '', ['text/x', '\ud800']] satisfies WirePayload[])(
      'keeps them for the next run: %j',
      async (args) => {
        const again = await retried(args);
        expect(again).toMatchObject({ args, prepend: [] });
        expect(await current().get(['a'])).toEqual([again]);
        expect(await claimOne(current(), { seed: 'next' })).toMatchObject({ args, prepend: [] });
      },
    );

    it('leaves what an insert is compared with', async () => {
      await retried('[3]', '[4]');
      await expectAsInserted('[3]', '[4]');
    });

    it.each(['[3]', ''])('leaves it when the task is pruned, once: %j', async (args) => {
      await retried(args);
      const ended = await finishOne(current());
      expect(await prune(current(), NOW + 1, NOW, 10)).toBe(1);
      expect(await current().get(['a'])).toEqual([forget(ended)]);
      expect(await prune(current(), NOW + 1, NOW, 10)).toBe(0);
      await expectAsInserted('[3]', '');
      expect(await prune(current(), NOW + 1, NOW + 1, 10)).toBe(1);
    });

    it('leaves it when the task is forgotten', async () => {
      await retried('[3]');
      const ended = await finishOne(current());
      await current().advance([change(ended, forget(ended))]).committed;
      expect(await prune(current(), NOW + 1, NOW, 10)).toBe(0);
      await expectAsInserted('[3]', '');
    });
  });
}
