import { expect, test } from 'vitest';
import { restartDelay } from './restart-delay.ts';

test('a child that keeps ending at once is started ever later, up to a bound', () => {
  const delays: number[] = [];
  let quickEnds = 0;
  for (let end = 0; end < 8; end += 1) {
    const next = restartDelay(quickEnds, 50);
    quickEnds = next.quickEnds;
    delays.push(next.delayMs);
  }
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});

test('one that had lasted is started again soon', () => {
  expect(restartDelay(7, 60_000)).toEqual({ delayMs: 200, quickEnds: 1 });
});
