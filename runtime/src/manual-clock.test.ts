import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

describe('a clock moved by hand', () => {
  test('stands still until told', async () => {
    const clock = new ManualClock(1_000);
    const rings: string[] = [];
    clock.after(0, () => rings.push('now'));
    expect([clock.now(), clock.monotonic(), rings.length]).toEqual([1_000, 0, 0]);
    await clock.advance(5);
    expect([clock.now(), clock.monotonic(), rings.length]).toEqual([1_005, 5, 1]);
  });

  test('runs timers in the order of their moments, then of their making', async () => {
    const clock = new ManualClock();
    const rings: string[] = [];
    clock.after(20, () => rings.push(`c${clock.monotonic()}`));
    clock.after(10, () => rings.push(`a${clock.monotonic()}`));
    clock.after(10, () => rings.push(`b${clock.monotonic()}`));
    await clock.advance(20);
    expect(rings).toEqual(['a10', 'b10', 'c20']);
  });

  test('runs a timer that a timer set, if it is due', async () => {
    const clock = new ManualClock();
    const rings: number[] = [];
    clock.after(10, () => {
      clock.after(5, () => rings.push(clock.monotonic()));
      clock.after(50, () => rings.push(clock.monotonic()));
    });
    await clock.advance(30);
    expect(rings).toEqual([15]);
    expect(clock.timers).toBe(1);
  });

  test('lets promises go on between two timers', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => seen.push('promise')));
    clock.after(2, () => seen.push('timer'));
    await clock.advance(2);
    expect(seen).toEqual(['promise', 'timer']);
  });

  test('forgets a timer that was cancelled', async () => {
    const clock = new ManualClock();
    const rings: string[] = [];
    const timer = clock.after(1, () => rings.push('rang'));
    timer.cancel();
    timer.cancel();
    await clock.advance(10);
    expect(rings).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('goes on while code holds the loop, and runs late what was due', async () => {
    const clock = new ManualClock(1_000);
    const rings: string[] = [];
    clock.after(5, () => {
      rings.push(`a${clock.monotonic()}`);
      clock.hold(100);
    });
    clock.after(30, () => rings.push(`b${clock.monotonic()}`));
    clock.hold(20);
    expect([clock.now(), clock.monotonic(), rings.length]).toEqual([1_020, 20, 0]);
    await clock.advance(0);
    expect(rings).toEqual(['a20']);
    expect(clock.monotonic()).toBe(120);
    await clock.advance(0);
    expect(rings).toEqual(['a20', 'b120']);
  });

  test('moves wall time alone when that jumps', () => {
    const clock = new ManualClock(1_000);
    clock.jumpWall(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([500, 0]);
  });
});
