import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('doubles from 100 ms to 2 s, less up to half', () => {
  expect([1, 2, 3, 4, 5, 6, 1_000].map((tries) => backoffMs(tries, 0))).toEqual([
    100, 200, 400, 800, 1_600, 2_000, 2_000,
  ]);
  expect(backoffMs(1, 0.999)).toBe(50);
  expect(backoffMs(50, 0.5)).toBe(1_500);
});
