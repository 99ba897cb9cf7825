import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { Ticker } from './ticker.ts';

/** A ticker whose runs end when the test says so. */
function setup() {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const open: { end: () => void; fail: (error: unknown) => void }[] = [];
  const startedAt: number[] = [];
  let most = 0;
  let running = 0;
  const ticker = new Ticker(
    clock,
    100,
    async () => {
      startedAt.push(clock.monotonic());
      running += 1;
      most = Math.max(most, running);
      try {
        await new Promise<void>((resolve, reject) => {
          open.push({ end: resolve, fail: reject });
        });
      } finally {
        running -= 1;
      }
    },
    (error) => errors.push(error),
  );
  const run = (position: number) => {
    const one = open[position];
    if (one === undefined) throw new Error(`run ${position} has not begun`);
    return one;
  };
  return { clock, ticker, errors, startedAt, run, most: () => most };
}

describe('a ticker', () => {
  test('runs one interval after its start, and one interval after each run ended', async () => {
    const { clock, ticker, startedAt, run } = setup();
    ticker.start();
    await clock.advance(150);
    expect(startedAt).toEqual([100]);
    run(0).end();
    await clock.advance(99);
    expect(startedAt).toEqual([100]);
    await clock.advance(1);
    expect(startedAt).toEqual([100, 250]);
  });

  test('never runs twice at once', async () => {
    const { clock, ticker, startedAt } = setup();
    ticker.start();
    ticker.start();
    await clock.advance(10_000);
    expect(startedAt).toEqual([100]);
  });

  test('goes on after a run that failed, and says so', async () => {
    const { clock, ticker, errors, startedAt, run } = setup();
    const failure = new Error('no');
    ticker.start();
    await clock.advance(100);
    run(0).fail(failure);
    await clock.advance(100);
    expect(errors).toEqual([failure]);
    expect(startedAt).toEqual([100, 200]);
  });

  test('stops when the run that is under way has ended, and leaves no timer', async () => {
    const { clock, ticker, startedAt, run } = setup();
    ticker.start();
    await clock.advance(100);
    let stopped = false;
    const stopping = ticker.stop().then(() => {
      stopped = true;
    });
    await clock.advance(1_000);
    expect(stopped).toBe(false);
    run(0).end();
    await stopping;
    await clock.advance(1_000);
    expect(startedAt).toEqual([100]);
    expect(clock.timers).toBe(0);
  });

  test('started again while a run is under way still never runs twice at once', async () => {
    const { clock, ticker, startedAt, run, most } = setup();
    ticker.start();
    await clock.advance(100);
    const stopping = ticker.stop();
    ticker.start();
    await clock.advance(1_000);
    run(0).end();
    await stopping;
    await clock.advance(100);
    expect(startedAt).toEqual([100, 1_200]);
    expect(most()).toBe(1);
    expect(clock.timers).toBe(0);
  });
});

test('runs no more once it is stopped, leaves no timer and can be started again, however often it was before', async () => {
  const step = fc.constantFrom('start', 'stop', 'tick', 'ends', 'fails');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = new ManualClock();
      const running: PromiseWithResolvers<void>[] = [];
      let runs = 0;
      const act = (): Promise<void> => {
        runs += 1;
        const run = Promise.withResolvers<void>();
        running.push(run);
        return run.promise;
      };
      const ticker = new Ticker(clock, 100, act, () => {});
      const stops: Promise<void>[] = [];
      for (const what of steps) {
        if (what === 'start') ticker.start();
        else if (what === 'stop') stops.push(ticker.stop());
        else if (what === 'tick') await clock.advance(100);
        else if (what === 'ends') running.shift()?.resolve();
        else running.shift()?.reject(new Error('it fails'));
        await clock.advance(0);
        expect(running.length + clock.timers).toBeLessThanOrEqual(1);
      }
      stops.push(ticker.stop());
      const before = runs;
      for (const run of running) run.resolve();
      await Promise.all(stops);
      await clock.advance(1_000);
      expect([runs, clock.timers]).toEqual([before, 0]);
      // As at first.
      ticker.start();
      await clock.advance(100);
      expect([runs, clock.timers]).toEqual([before + 1, 0]);
    }),
  );
});
