import { describe, expect, test } from 'vitest';
import { AdaptivePrefetch, FixedPrefetch } from './prefetch.ts';

/** Settles tasks evenly. @returns when the last one settled */
function settle(prefetch: AdaptivePrefetch, from: number, perSecond: number, forMs: number): number {
  const step = 1_000 / perSecond;
  for (let now = from; now <= from + forMs; now += step) prefetch.settled(now);
  return from + forMs;
}

describe('the adaptive prefetch', () => {
  test('starts where it is told', () => {
    expect(new AdaptivePrefetch(16).depth).toBe(16);
  });

  test('holds a tenth of a second of quick tasks', () => {
    const prefetch = new AdaptivePrefetch(16);
    settle(prefetch, 0, 4_000, 500);
    expect(prefetch.depth).toBe(512);
  });

  test('has a bound', () => {
    const prefetch = new AdaptivePrefetch(16);
    settle(prefetch, 0, 200_000, 500);
    expect(prefetch.depth).toBe(1_024);
  });

  test('holds nothing of tasks that take long', () => {
    const prefetch = new AdaptivePrefetch(16);
    settle(prefetch, 0, 5, 5_000);
    expect(prefetch.depth).toBeLessThanOrEqual(1);
  });

  test('forgets a burst by halves', () => {
    const prefetch = new AdaptivePrefetch(16);
    const end = settle(prefetch, 0, 4_000, 500);
    prefetch.settled(end + 1_000);
    expect(prefetch.depth).toBe(256);
    settle(prefetch, end + 2_000, 5, 5_000);
    expect(prefetch.depth).toBeLessThanOrEqual(1);
  });
});

test('a fixed prefetch stays', () => {
  const prefetch = new FixedPrefetch(7);
  prefetch.settled();
  expect(prefetch.depth).toBe(7);
});
