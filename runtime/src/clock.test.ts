import { describe, expect, test, vi } from 'vitest';
import { soonOf, systemClock, timersLetGo } from './clock.ts';

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

test.each<[string, Parameters<typeof soonOf>[0]]>([
  ['Node', { setImmediate }],
  ['a page', { MessageChannel }],
  ['jsdom under Jest', {}],
])('what is called soon in %s comes in order, after the promises of this turn', async (_, turns) => {
  const soon = soonOf(turns);
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    soon(() => seen.push('first'));
    soon(() => {
      seen.push('second');
      resolve();
    });
    void Promise.resolve().then(() => seen.push('promise'));
  });
  expect(seen).toEqual(['promise', 'first', 'second']);
});

test('timers let the process go in Node, and not in a page, whose timers are numbers', () => {
  expect(timersLetGo()).toBe(true);
  vi.stubGlobal('setTimeout', () => 5);
  vi.stubGlobal('clearTimeout', () => undefined);
  expect(timersLetGo()).toBe(false);
  vi.unstubAllGlobals();
});
