import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Alarm } from './alarm.ts';
import { ManualClock } from './manual-clock.ts';

function setup() {
  const clock = new ManualClock();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.now()));
  return { clock, alarm, rings, startedAt: clock.now() };
}

describe('an alarm', () => {
  test('rings once, at its moment', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    alarm.notice(startedAt + 1_000);
    await clock.advance(999);
    expect(rings).toEqual([]);
    await clock.advance(100_000);
    expect(rings).toEqual([startedAt + 1_000]);
    expect(clock.timers).toBe(0);
  });

  test('rings at once for a moment that is past', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    alarm.notice(startedAt - 5_000);
    await clock.advance(0);
    expect(rings).toEqual([startedAt]);
  });

  test('takes the earliest of its moments, with one timer', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    for (const at of [3_000, 1_000, 2_000]) alarm.notice(startedAt + at);
    expect(clock.timers).toBe(1);
    await clock.advance(10_000);
    expect(rings).toEqual([startedAt + 1_000]);
  });

  test('can be set again from its ring', async () => {
    const clock = new ManualClock();
    const rings: number[] = [];
    const alarm: Alarm = new Alarm(clock, () => {
      rings.push(clock.monotonic());
      if (rings.length < 3) alarm.notice(clock.now() + 10);
    });
    alarm.notice(clock.now() + 10);
    await clock.advance(100);
    expect(rings).toEqual([10, 20, 30]);
  });

  test('is silent after it was cancelled, until it is set again', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    alarm.notice(startedAt + 1_000);
    alarm.cancel();
    await clock.advance(2_000);
    expect(rings).toEqual([]);
    alarm.notice(startedAt + 3_000);
    await clock.advance(2_000);
    expect(rings).toEqual([startedAt + 3_000]);
  });

  test('is not early when the wall clock is set back', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    alarm.notice(startedAt + 1_000);
    clock.jumpWall(-60_000);
    await clock.advance(60_999);
    expect(rings).toEqual([]);
    await clock.advance(1);
    expect(rings).toEqual([startedAt + 1_000]);
  });

  test('notices within half a minute that the wall clock was set forward', async () => {
    const { clock, alarm, rings, startedAt } = setup();
    alarm.notice(startedAt + 3_600_000);
    clock.jumpWall(3_600_000);
    await clock.advance(30_000);
    expect(rings).toHaveLength(1);
  });

  test('is never early, whatever the wall clock does', async () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 50_000 }),
      jumpMs: fc.integer({ min: -90_000, max: 90_000 }),
      atMs: fc.integer({ min: 0, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const clock = new ManualClock();
        let earliest = Number.POSITIVE_INFINITY;
        const alarm = new Alarm(clock, () => {
          expect(clock.now()).toBeGreaterThanOrEqual(earliest);
          earliest = Number.POSITIVE_INFINITY;
        });
        for (const { waitMs, jumpMs, atMs } of steps) {
          earliest = Math.min(earliest, clock.now() + atMs);
          alarm.notice(clock.now() + atMs);
          await clock.advance(waitMs);
          clock.jumpWall(jumpMs);
        }
      }),
    );
  });
});

test('keeps no more than one timer, and none once it has rung or was cancelled', async () => {
  const step = fc.oneof(
    fc.nat(100_000).map((ms) => ['notice', ms] as const),
    fc.nat(60_000).map((ms) => ['passes', ms] as const),
    fc.integer({ min: -60_000, max: 60_000 }).map((ms) => ['jump', ms] as const),
    fc.constant(['cancel', 0] as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = new ManualClock();
      let rung = 0;
      const alarm = new Alarm(clock, () => {
        rung += 1;
      });
      for (const [what, ms] of steps) {
        if (what === 'notice') alarm.notice(clock.now() + ms);
        else if (what === 'passes') await clock.advance(ms);
        else if (what === 'jump') clock.jumpWall(ms);
        else alarm.cancel();
        expect(clock.timers).toBeLessThanOrEqual(what === 'cancel' ? 0 : 1);
      }
      alarm.cancel();
      const before = rung;
      expect(clock.timers).toBe(0);
      await clock.advance(1_000_000);
      expect([rung, clock.timers]).toEqual([before, 0]);
    }),
  );
});
