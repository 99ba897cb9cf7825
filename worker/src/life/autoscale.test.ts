import { ManualClock } from '@celeriac/runtime/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Autoscaler, type Bounds, nextConcurrency } from './autoscale.ts';

const BOUNDS: Bounds = [2, 10];

test.each([
  ['grows by half while every slot is busy', { busy: 4, concurrency: 4, lagMs: 0 }, 4, 6],
  ['grows by one at least', { busy: 1, concurrency: 1, lagMs: 0 }, 1, 2],
  ['grows to the upper bound', { busy: 9, concurrency: 9, lagMs: 0 }, 9, 10],
  ['does not grow while the event loop is held', { busy: 4, concurrency: 4, lagMs: 501 }, 4, 4],
  ['keeps what was needed lately', { busy: 1, concurrency: 8, lagMs: 0 }, 8, 8],
  ['shrinks to what was needed', { busy: 1, concurrency: 8, lagMs: 0 }, 5, 5],
  ['shrinks to the lower bound', { busy: 0, concurrency: 8, lagMs: 0 }, 0, 2],
])('%s', (_, load, peak, expected) => {
  expect(nextConcurrency(load, peak, BOUNDS)).toBe(expected);
});

describe('over time', () => {
  let clock: ManualClock;
  let busy: number;
  let concurrency: number;
  beforeEach(() => {
    clock = new ManualClock();
    busy = 0;
    concurrency = 2;
    const load = (): { busy: number; concurrency: number; lagMs: number } => ({
      busy,
      concurrency,
      lagMs: 0,
    });
    new Autoscaler(clock, BOUNDS, load, (next) => {
      concurrency = next;
    }).start();
  });

  async function seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) await clock.advance(1_000);
  }

  test('it follows a burst at once, and gives room back after half a minute without need', async () => {
    const sizes: number[] = [];
    for (let second = 0; second < 5; second++) {
      busy = concurrency;
      await seconds(1);
      sizes.push(concurrency);
    }
    expect(sizes).toEqual([3, 4, 6, 9, 10]);
    busy = 1;
    await seconds(29);
    expect(concurrency).toBe(9);
    await seconds(2);
    expect(concurrency).toBe(2);
  });
});
