import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { Renewal } from './renewal.ts';

/** What each renewal gives, in turn: milliseconds, no end, or a failure; then it fails. */
function setup(random: number, ...gives: readonly (number | 'endless' | 'fails')[]) {
  const clock = new ManualClock();
  const at: number[] = [];
  const left = [...gives];
  const renewal = new Renewal({
    clock,
    random: () => random,
    renew: async () => {
      at.push(clock.monotonic());
      const given = left.shift() ?? 'fails';
      if (given === 'fails') throw new Error('not now');
      return given === 'endless' ? undefined : given;
    },
  });
  return { at, clock, renewal };
}

test.each([
  [0, 15 * 60_000, 15 * 60_000 - 30_000],
  [1, 15 * 60_000, 15 * 60_000 - 60_000],
  [0, 10_000, 8_000],
  [1, 10_000, 6_000],
  [0, 3_000, 2_400],
  [1, 3_000, 1_800],
  [1, 600, 500],
])('with chance %d what lasts %d ms is renewed after %d', async (random, leftMs, afterMs) => {
  const { at, clock, renewal } = setup(random, 'endless');
  renewal.lasts(leftMs);
  await clock.advance(leftMs);
  expect(at).toEqual([afterMs]);
  expect(clock.timers).toBe(0);
});

test('what has no end is not renewed', () => {
  const { clock, renewal } = setup(0);
  renewal.lasts(undefined);
  expect(clock.timers).toBe(0);
});

test('each renewal is followed by the next', async () => {
  const { at, clock, renewal } = setup(0, 10_000, 20_000, 'endless');
  renewal.lasts(10_000);
  await clock.advance(100_000);
  expect(at).toEqual([8_000, 16_000, 32_000]);
});

test('what fails is tried again with growing pauses until the end, and no more', async () => {
  const { at, clock, renewal } = setup(1, 'fails', 'fails', 'fails');
  renewal.lasts(100_000);
  await clock.advance(1_000_000);
  expect(at).toEqual([60_000, 61_000, 63_000, 67_000, 75_000, 91_000]);
  expect(clock.timers).toBe(0);
});

test('a failure that passes is forgotten', async () => {
  const { at, clock, renewal } = setup(1, 'fails', 'fails', 100_000, 'fails', 'endless');
  renewal.lasts(100_000);
  await clock.advance(1_000_000);
  expect(at).toEqual([60_000, 61_000, 63_000, 123_000, 124_000]);
});

test('one that comes back as old as it was is asked for no faster and faster', async () => {
  const { clock, renewal } = setup(0);
  const asked: number[] = [];
  const endsAt = 10_000;
  const stale = new Renewal({
    clock,
    random: () => 0,
    renew: async () => {
      asked.push(clock.monotonic());
      return endsAt - clock.monotonic();
    },
  });
  stale.lasts(endsAt);
  await clock.advance(20_000);
  expect(asked.length).toBeLessThan(6);
  renewal.stop();
});

test('after it was stopped nothing comes of what is on its way', async () => {
  const clock = new ManualClock();
  let resolve: (leftMs: number) => void = () => {};
  const promise = new Promise<number>((settle) => {
    resolve = settle;
  });
  const renewal = new Renewal({ clock, random: () => 0, renew: () => promise });
  renewal.lasts(10_000);
  await clock.advance(8_000);
  renewal.stop();
  resolve(10_000);
  await clock.advance(0);
  renewal.lasts(10_000);
  expect(clock.timers).toBe(0);
});

test('one that is stopped leaves no timer, whatever was told and tried before', async () => {
  const step = fc.oneof(
    fc.integer({ min: 0, max: 60_000 }).map((leftMs) => ['lasts', leftMs] as const),
    fc.constant(['endless'] as const),
    fc.integer({ min: 0, max: 60_000 }).map((ms) => ['wait', ms] as const),
    fc.integer({ min: 0, max: 60_000 }).map((leftMs) => ['renewed', leftMs] as const),
    fc.constant(['failed'] as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = new ManualClock();
      const asked: PromiseWithResolvers<number | undefined>[] = [];
      let renewals = 0;
      const renewal = new Renewal({
        clock,
        random: () => 0.5,
        renew: () => {
          renewals += 1;
          const answer = Promise.withResolvers<number | undefined>();
          asked.push(answer);
          return answer.promise;
        },
      });
      for (const [what, ms] of steps) {
        if (what === 'lasts') renewal.lasts(ms);
        else if (what === 'endless') renewal.lasts(undefined);
        else if (what === 'wait') await clock.advance(ms);
        else if (what === 'renewed') asked.shift()?.resolve(ms);
        else asked.shift()?.reject(new Error('not now'));
        await clock.advance(0);
        expect(clock.timers).toBeLessThanOrEqual(1);
      }
      const before = renewals;
      renewal.stop();
      expect(clock.timers).toBe(0);
      for (const answer of asked) answer.resolve(1_000);
      await clock.advance(100_000);
      expect([renewals, clock.timers]).toEqual([before, 0]);
    }),
  );
});
