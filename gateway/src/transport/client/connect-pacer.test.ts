import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectPacer } from './connect-pacer.ts';

/** So many come at once. */
function crowd(count: number): {
  readonly clock: ManualClock;
  readonly pacer: ConnectPacer;
  readonly entered: () => number;
  readonly refusals: readonly { readonly code: string; readonly retryAfterMs: number | null }[];
} {
  const clock = new ManualClock();
  const pacer = new ConnectPacer(clock, () => 0.5);
  const refusals: { code: string; retryAfterMs: number | null }[] = [];
  let entered = 0;
  for (let one = 0; one < count; one++) {
    pacer.enter().then(
      () => {
        entered += 1;
      },
      (error) => refusals.push(error),
    );
  }
  return { clock, pacer, entered: () => entered, refusals };
}

describe('the connect pacer', () => {
  test('lets a few in at once, and a crowd a thousand a second', async () => {
    const { clock, entered } = crowd(1_050);
    await clock.advance(0);
    expect(entered()).toBe(50);
    await clock.advance(500);
    expect(entered()).toBe(550);
    await clock.advance(500);
    expect(entered()).toBe(1_050);
    await clock.advance(1_000);
    expect(clock.timers).toBe(0);
  });

  test('tells those who would wait too long when to come back, not all at the same moment', async () => {
    const { clock, entered, refusals } = crowd(3_000);
    await clock.advance(0);
    expect(refusals).toHaveLength(950);
    expect(refusals[0]).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 3_000 });
    await clock.advance(2_500);
    expect(entered()).toBe(2_050);
  });

  test('is as open as before when the crowd is through', async () => {
    const { clock, pacer } = crowd(60);
    await clock.advance(1_000);
    for (let one = 0; one < 50; one++) await pacer.enter();
    let late = false;
    void pacer.enter().then(() => {
      late = true;
    });
    await clock.advance(0);
    expect(late).toBe(false);
  });
});

test('everybody is through or refused in the end; then no timer is left, and as many enter at once as at first', async () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(120));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), async (steps, stops) => {
      const clock = new ManualClock();
      const pacer = new ConnectPacer(clock, () => 0.5);
      let waiting = 0;
      const enter = (): void => {
        waiting += 1;
        const done = (): void => {
          waiting -= 1;
        };
        pacer.enter().then(done, done);
      };
      for (const [count, ms] of steps) {
        for (let one = 0; one < count; one++) enter();
        await clock.advance(ms);
      }
      if (stops) pacer.stop();
      await clock.advance(stops ? 0 : 2_100);
      expect([waiting, clock.timers]).toEqual([0, 0]);
      if (stops) {
        await expect(pacer.enter()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
        expect(clock.timers).toBe(0);
        return;
      }
      for (let one = 0; one < 51; one++) enter();
      await clock.advance(0);
      expect(waiting).toBe(1);
    }),
    { numRuns: 30 },
  );
});
