import { describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';

describe('the system clock', () => {
  test.each([0, 1, 4.7])('calls back no sooner than after %d ms', async (delayMs) => {
    const startedAt = systemClock.monotonic();
    await new Promise<void>((resolve) => {
      systemClock.after(delayMs, resolve, true);
    });
    expect(systemClock.monotonic() - startedAt).toBeGreaterThanOrEqual(delayMs);
  });

  test('does not call back after it was told not to', async () => {
    const rings: string[] = [];
    const timer = systemClock.after(0, () => rings.push('rang'), true);
    timer.cancel();
    timer.cancel();
    await new Promise<void>((resolve) => {
      systemClock.after(1, resolve, true);
    });
    expect(rings).toEqual([]);
  });

  test('waits longer than setTimeout can, rather than not at all', async () => {
    const rings: string[] = [];
    const timer = systemClock.after(2 ** 32, () => rings.push('rang'));
    await new Promise<void>((resolve) => {
      systemClock.after(2, resolve, true);
    });
    timer.cancel();
    expect(rings).toEqual([]);
  });

  test('calls back soon in order, after the promises of this turn', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.soon(() => seen.push('first'));
      systemClock.soon(() => {
        seen.push('second');
        resolve();
      });
      void Promise.resolve().then(() => seen.push('promise'));
    });
    expect(seen).toEqual(['promise', 'first', 'second']);
  });
});
