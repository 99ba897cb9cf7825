import { expect, test } from 'vitest';
import { tableLines } from './table.ts';

test('columns stand under their heads, and what is not there is a dash', () => {
  expect(
    tableLines(
      ['NAME', 'N', 'LAST'],
      [
        ['a', 12, null],
        ['longer', 3, 'x'],
      ],
    ),
  ).toEqual(['NAME    N   LAST', 'a       12  -', 'longer  3   x']);
});

test('no text moves the cursor', () => {
  expect(tableLines(['A'], [['a\u001b[2J\nb']])).toEqual(['A', 'a?[2J?b']);
});
