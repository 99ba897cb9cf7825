import { expect, test } from 'vitest';
import { agoText } from './ago-text.ts';

test.each([
  [-5, 'now'],
  [999, 'now'],
  [1_000, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [172_800_000, '2 d'],
])('%d ms are %s', (ms, text) => {
  expect(agoText(ms)).toBe(text);
});
