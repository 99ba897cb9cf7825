import { describe, expect, test } from 'vitest';
import { DEFAULT_OPTIONS, type ResolvedOptions } from './definition.ts';
import { decideRetry, type RetryRequest } from './retry.ts';

const BY_OPTIONS: RetryRequest = { countdownMs: null };

function decide(
  options: Partial<ResolvedOptions>,
  retries: number,
  request: RetryRequest = BY_OPTIONS,
  random = 0.5,
) {
  return decideRetry({ ...DEFAULT_OPTIONS, ...options }, retries, request, random);
}

function delays(
  options: Partial<ResolvedOptions>,
  count: number,
  random = 0.5,
): readonly (number | string)[] {
  return Array.from({ length: count }, (_, retries) => {
    const decision = decide(options, retries, BY_OPTIONS, random);
    return decision.again ? decision.delayMs : 'no more';
  });
}

describe('how often', () => {
  test.each([
    [0, [false]],
    [1, [true, false]],
    [3, [true, true, true, false]],
  ])('maxRetries %d allows as many retries, so one run more', (maxRetries, again) => {
    expect(again.map((_, retries) => decide({ maxRetries }, retries).again)).toEqual(again);
  });

  test('null is without end', () => {
    expect(decide({ maxRetries: null }, 1_000_000).again).toBe(true);
  });

  test.each([
    [5, 3, true],
    [2, 2, false],
    [null, 100, true],
    [undefined, 3, false],
  ])('a request that says %s wins over the task’s 3, after %d retries: %s', (maxRetries, retries, again) => {
    expect(decide({ maxRetries: 3 }, retries, { countdownMs: null, maxRetries }).again).toBe(again);
  });
});

describe('how long', () => {
  test('is the task’s delay without a backoff', () => {
    expect(delays({ retryDelayMs: 5_000 }, 3)).toEqual([5_000, 5_000, 5_000]);
  });

  test.each([
    [1_000, [1_000, 2_000, 4_000, 8_000]],
    [2_000, [2_000, 4_000, 8_000, 16_000]],
  ])('doubles from a backoff of %d ms, without jitter', (retryBackoffMs, expected) => {
    expect(delays({ retryBackoffMs, retryJitter: false, maxRetries: null }, 4)).toEqual(expected);
  });

  test('grows up to its maximum, and stays finite', () => {
    const options = { retryBackoffMs: 1_000, retryBackoffMaxMs: 3_000, retryJitter: false, maxRetries: null };
    expect(delays(options, 4)).toEqual([1_000, 2_000, 3_000, 3_000]);
    expect(decide(options, 100_000)).toEqual({ again: true, delayMs: 3_000 });
  });

  test.each([
    [0, [0, 0, 0]],
    [0.5, [500, 1_000, 2_000]],
    [0.999, [999, 1_998, 3_996]],
    [1 - Number.EPSILON, [1_000, 2_000, 4_000]],
  ])('with jitter and a random %d is that part of it', (random, expected) => {
    expect(delays({ retryBackoffMs: 1_000, retryJitter: true, maxRetries: null }, 3, random)).toEqual(
      expected,
    );
  });

  test('is what the request says, before anything else', () => {
    expect(decide({ retryBackoffMs: 1_000 }, 0, { countdownMs: 7 })).toEqual({ again: true, delayMs: 7 });
    expect(decide({ retryBackoffMs: 1_000 }, 0, { countdownMs: 0 })).toEqual({ again: true, delayMs: 0 });
  });
});
