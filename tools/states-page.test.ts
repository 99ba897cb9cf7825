import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawStates } from './states-page.ts';

test('docs/states.md is what the table of transitions says', () => {
  expect(readFileSync(new URL('../docs/states.md', import.meta.url), 'utf8')).toBe(drawStates());
});
