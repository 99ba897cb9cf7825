import { expect, test } from 'vitest';
import { Activity } from './activity.ts';

test('counts by the second, and leaves out the one that is running', () => {
  const pulse = new Activity(3);
  pulse.sent('a', 100.2);
  pulse.sent('b', 100.9);
  pulse.ended('a', 'succeeded', 101.2);
  pulse.ended('b', 'failed', 101.9);
  pulse.sent('c', 102.5);
  expect(pulse.view(102.9)).toEqual({
    seconds: [99, 100, 101],
    sent: [0, 2, 0],
    succeeded: [0, 0, 1],
    failed: [0, 0, 1],
    median: [null, null, expect.closeTo(1000)],
    p95: [null, null, expect.closeTo(1000)],
  });
});

test('an end whose beginning was not seen is counted, but has no latency', () => {
  const pulse = new Activity(1);
  pulse.ended('strange', 'succeeded', 100);
  expect(pulse.view(101)).toMatchObject({ succeeded: [1], median: [null] });
});

test('keeps no more seconds than its span', () => {
  const pulse = new Activity(2);
  for (let second = 0; second < 10; second += 1) pulse.sent(`${second}`, second);
  pulse.view(10);
  expect(pulse.view(4).sent).toEqual([0, 0]);
  expect(pulse.view(10).sent).toEqual([1, 1]);
});
