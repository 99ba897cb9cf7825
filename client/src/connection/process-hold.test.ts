import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProcessHold } from './process-hold.ts';

test('has its timer as long as anybody holds the process, and not a moment longer', async () => {
  const step = fc.constantFrom('acquire', 'release', 'hours');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new ManualClock();
      const hold = new ProcessHold(clock);
      for (const what of steps) {
        if (what === 'acquire') hold.acquire();
        else if (what === 'hours') await clock.advance(2 * 3_600_000);
        else if (hold.held > 0) hold.release();
        expect(clock.timers).toBe(hold.held > 0 ? 1 : 0);
      }
      while (hold.held > 0) hold.release();
      expect([hold.held, clock.timers]).toEqual([0, 0]);
    }),
  );
});
