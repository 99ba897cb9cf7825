import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { afterReading, deadline, Patience } from './patience.ts';

let clock: ManualClock;
let overAt: number | undefined;
const over = (): void => {
  overAt = clock.monotonic();
};
beforeEach(() => {
  clock = new ManualClock();
  overAt = undefined;
});

describe('a deadline', () => {
  test.each([1, 7, 999, 1_000, 30_000, 3_600_000])('of %i ms ends when a timer would', async (ms) => {
    deadline(clock, ms, over);
    await clock.advance(ms - 1);
    expect(overAt).toBeUndefined();
    await clock.advance(1);
    expect(overAt).toBe(ms);
    expect(clock.timers).toBe(0);
  });

  test('that is cancelled never ends, in its last turn neither', async () => {
    const first = deadline(clock, 1_000, over);
    await clock.advance(400);
    first.cancel();
    const second = deadline(clock, 0, over);
    clock.soon(() => second.cancel());
    await clock.advance(10_000);
    expect(overAt).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['from the start', 0],
    ['in the middle', 11_000],
    ['until just before the end', 29_000],
  ])('does not count the time in which the loop was held %s', async (_, begun) => {
    deadline(clock, 30_000, over);
    await clock.advance(begun);
    clock.hold(3_600_000);
    // What was heard before the first late timer counts, and no more than one step beside it.
    await clock.advance(30_000 - begun - 7_501);
    expect(overAt).toBeUndefined();
    await clock.advance(15_001);
    expect(overAt).toBeDefined();
  });

  test('lets what has arrived be read first, whatever the timer says', async () => {
    const timer = deadline(clock, 1_000, over);
    clock.hold(5_000);
    // A socket is read after the timers of its turn.
    clock.after(0, () => clock.soon(() => timer.cancel()));
    await clock.advance(60_000);
    expect(overAt).toBeUndefined();
  });

  test('that ends on time reads first what came in its last turn', async () => {
    const timer = deadline(clock, 1_000, over);
    clock.after(1_000, () => clock.soon(() => timer.cancel()));
    await clock.advance(10_000);
    expect(overAt).toBeUndefined();
  });

  test('ends all the same where every timer is late', async () => {
    deadline(clock, 1_000, over);
    for (let held = 0; held < 20 && overAt === undefined; held++) {
      clock.hold(60_000);
      await clock.advance(0);
    }
    expect(overAt).toBeLessThanOrEqual(8 * 60_000);
  });

  test('counts delays that are usual', async () => {
    deadline(clock, 1_000, over);
    for (let turn = 0; turn < 4; turn++) {
      clock.hold(50);
      await clock.advance(200);
    }
    expect(overAt).toBe(1_000);
  });
});

describe('patience for many', () => {
  test('has a time that stands still while the loop is held', async () => {
    const patience = new Patience(clock, over);
    patience.at(patience.now() + 40_000);
    await clock.advance(5_000);
    clock.hold(100_000);
    // Before and after the timer that tells.
    expect(patience.now()).toBeLessThanOrEqual(10_100);
    await clock.advance(0);
    expect(patience.now()).toBe(10_000);
    await clock.advance(30_000);
    expect(overAt).toBe(135_000);
  });

  test('ends at the earliest of its moments, and at each that is set anew', async () => {
    const ends: number[] = [];
    const patience = new Patience(clock, () => {
      ends.push(clock.monotonic());
      if (ends.length === 1) patience.at(2_000);
    });
    patience.at(3_000);
    patience.at(1_000);
    patience.at(5_000);
    await clock.advance(10_000);
    expect(ends).toEqual([1_000, 2_000]);
  });
});

test('what goes by the clock is judged on time, and after what has arrived', async () => {
  afterReading(clock, 1_000, over).cancel();
  expect(clock.timers).toBe(0);
  const settled = afterReading(clock, 1_000, over);
  clock.hold(5_000);
  clock.after(0, () => settled.cancel());
  await clock.advance(0);
  expect(overAt).toBeUndefined();
  afterReading(clock, 1_000, over);
  clock.hold(5_000);
  await clock.advance(0);
  expect(overAt).toBe(10_000);
});

test('keeps no more than one timer, and none once it is cancelled or over, whatever holds the loop', async () => {
  const step = fc.oneof(
    fc.nat(5_000).map((ms) => ['at', ms] as const),
    fc.nat(2_000).map((ms) => ['passes', ms] as const),
    fc.nat(2_000).map((ms) => ['held', ms] as const),
    fc.constant(['cancel', 0] as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = new ManualClock();
      let overs = 0;
      const patience = new Patience(clock, () => {
        overs += 1;
      });
      for (const [what, ms] of steps) {
        if (what === 'at') patience.at(patience.now() + ms);
        else if (what === 'passes') await clock.advance(ms);
        else if (what === 'held') clock.hold(ms);
        else patience.cancel();
        if (what !== 'cancel') continue;
        // What it reads before it judges is no timer of its own.
        const before = overs;
        await clock.advance(0);
        expect([clock.timers, overs]).toEqual([0, before]);
      }
      await clock.advance(100_000);
      expect(clock.timers).toBe(0);
    }),
  );
});

test.each([
  ['a deadline', deadline],
  ['one that lets what has arrived be read first', afterReading],
])('%s that is cancelled is never over, however late that is', async (_, start) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3_000), fc.nat(3), async (passed, turns) => {
      const clock = new ManualClock();
      const over: string[] = [];
      const timer = start(clock, 1_000, () => over.push('over'));
      await clock.advance(Math.min(passed, 999));
      clock.hold(passed);
      // Due, and perhaps in the middle of reading what has arrived.
      const reading = clock.advance(0);
      for (let turn = 0; turn < turns * 7; turn++) await Promise.resolve();
      if (over.length > 0) return;
      timer.cancel();
      await reading;
      await clock.advance(100_000);
      expect([over, clock.timers]).toEqual([[], 0]);
    }),
  );
});
