import { expect, test } from 'vitest';
import { formatDuration } from './duration.ts';

test.each([
  [0, '0ms'],
  [250, '250ms'],
  [1_500, '1500ms'],
  [30_000, '30s'],
  [90_000, '90s'],
  [900_000, '15m'],
  [86_400_000, '1d'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
