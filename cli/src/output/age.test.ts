import { expect, test } from 'vitest';
import { ageText } from './age.ts';

const NOW = Date.UTC(2026, 0, 1);

test.each([
  [0, 'now'],
  [999, 'now'],
  [1_000, '1 s ago'],
  [119_999, '119 s ago'],
  [120_000, '2 min ago'],
  [7_199_000, '119 min ago'],
  [7_200_000, '2 h ago'],
  [172_800_000, '2 d ago'],
  [-500, 'now'],
  [-3_599_000, 'in 59 min'],
])('%d ms before is %s', (ms, text) => {
  expect(ageText(new Date(NOW - ms), NOW)).toBe(text);
});
