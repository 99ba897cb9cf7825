import { expect, test } from 'vitest';
import { mayResubmit, PATIENT, resubmitPause } from './submit-retry.ts';

const policy = { maxRetries: 2, startMs: 100, stepMs: 50, maxMs: 180 };

test('tries as often as it says, and once more', () => {
  expect([1, 2, 3].map((tries) => mayResubmit(policy, tries))).toEqual([true, true, false]);
  expect(mayResubmit({ ...policy, maxRetries: 0 }, 1)).toBe(false);
  expect(mayResubmit(PATIENT, 1_000)).toBe(true);
});

test('pauses grow by a step, up to a bound', () => {
  expect([1, 2, 3, 4].map((tries) => resubmitPause(policy, tries, 0, 0))).toEqual([100, 150, 180, 180]);
});

test('what the gateway asks for counts for more, and chance adds a quarter at most', () => {
  expect(resubmitPause(policy, 1, 400, 0)).toBe(400);
  expect(resubmitPause(policy, 1, 50, 0)).toBe(100);
  expect(resubmitPause(PATIENT, 7, 80, 1)).toBe(100);
});
