import { expect, test } from 'vitest';
import { mayRetry, PATIENT, pauseAfter } from './retry-policy.ts';

const policy = { maxRetries: 2, startMs: 100, stepMs: 50, maxMs: 180 };

test('tries as often as it says, and once more', () => {
  expect([1, 2, 3].map((tries) => mayRetry(policy, tries))).toEqual([true, true, false]);
  expect(mayRetry({ ...policy, maxRetries: 0 }, 1)).toBe(false);
  expect(mayRetry(PATIENT, 1_000)).toBe(true);
});

test('pauses grow by a step, up to a bound', () => {
  expect([1, 2, 3, 4].map((tries) => pauseAfter(policy, tries, 0, 0))).toEqual([100, 150, 180, 180]);
});

test('what the gateway asks for counts for more, and chance adds a quarter at most', () => {
  expect(pauseAfter(policy, 1, 400, 0)).toBe(400);
  expect(pauseAfter(policy, 1, 50, 0)).toBe(100);
  expect(pauseAfter(PATIENT, 7, 80, 1)).toBe(100);
});
