import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import { Portions } from './portions.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

test('finding 19: a long list leaves each turn to others, and those after it wait', async () => {
  const clock = new ManualClock();
  const portions = new Portions(clock);
  const seen: number[] = [];
  const long = portions.each(numbers(5_000), (portion) => void seen.push(portion.length));
  const next = portions.each(['x'], (portion) => void seen.push(portion.length));
  expect(seen).toEqual([]);
  await Promise.resolve();
  expect(seen).toEqual([2_000]);
  await clock.advance(0);
  await Promise.all([long, next]);
  expect(seen).toEqual([2_000, 2_000, 1_000, 1]);
});

test('a short list is gone through at once', () => {
  const seen: number[] = [];
  void new Portions(new ManualClock()).each(numbers(2_000), (portion) => void seen.push(portion.length));
  expect(seen).toEqual([2_000]);
});

test('one that fails holds up none after it', async () => {
  const portions = new Portions(new ManualClock());
  const failing = portions.each(numbers(2_001), () => {
    throw new Error('no');
  });
  const seen: number[] = [];
  const next = portions.each([1], (portion) => void seen.push(...portion));
  await expect(failing).rejects.toThrow('no');
  await next;
  expect(seen).toEqual([1]);
});

test('a short list is gone through at once again when all that were long are through, or have failed', async () => {
  const clock = new ManualClock();
  const portions = new Portions(clock);
  const fails = portions.each(numbers(4_001), (portion) => {
    if (portion.length === 1) throw new Error('no');
  });
  const long = portions.each(numbers(6_000), () => {});
  await clock.advance(1_000);
  await expect(fails).rejects.toThrow('no');
  await clock.advance(1_000);
  await long;
  const seen: number[] = [];
  void portions.each(numbers(3), (portion) => void seen.push(portion.length));
  expect([seen, clock.timers]).toEqual([[3], 0]);
});
