import { describe, expect, test } from 'vitest';
import { type Cell, tableLines } from './table.ts';

const PIPE = { now: Date.UTC(2026, 0, 1), width: undefined };
const ID = '0199f3a0-6f0e-7cc1-b4a7-1f2d3c4b5a69';

function inTerminal(width: number, head: readonly string[], ...rows: Cell[][]): readonly string[] {
  return tableLines(head, rows, { ...PIPE, width });
}

test('columns stand under their heads, and what is not there is a dash', () => {
  expect(
    tableLines(
      ['NAME', 'N', 'LAST'],
      [
        ['a', 12, null],
        ['longer', 3, 'x'],
        ['', 3, ''],
      ],
      PIPE,
    ),
  ).toEqual(['NAME    N   LAST', 'a       12  -', 'longer  3   x', '-       3   -']);
});

test('a time is how long ago it was', () => {
  expect(tableLines(['AT'], [[new Date(PIPE.now - 12_000)]], PIPE)).toEqual(['AT', '12 s ago']);
});

test('no text moves the cursor', () => {
  expect(tableLines(['A'], [['a\u001b[2J\nb']], PIPE)).toEqual(['A', 'a?[2J?b']);
});

describe('in a terminal', () => {
  test('what fits is as in a pipe', () => {
    const rows = [['a', 'x'.repeat(15)]];
    expect(inTerminal(21, ['NAME', 'LAST'], ...rows)).toEqual(tableLines(['NAME', 'LAST'], rows, PIPE));
  });

  test('the widest column is cut first, and an id never', () => {
    expect(inTerminal(76, ['ID', 'TASK', 'ARGS'], [ID, 'media.encode', 'x'.repeat(300)])).toEqual([
      'ID                                    TASK          ARGS',
      `${ID}  media.encode  ${'x'.repeat(23)}…`,
    ]);
  });

  test('a key that is longer than half of it is cut as well', () => {
    const [, row = ''] = inTerminal(80, ['QUEUE', 'WAITING'], ['q'.repeat(255), 3]);
    expect(row).toBe(`${'q'.repeat(39)}…  3`);
  });

  test.each([20, 40, 80, 120])('no line of many columns is longer than its %d columns', (width) => {
    const lines = inTerminal(
      width,
      ['ID', 'A', 'B', 'C', 'D'],
      [ID, ...Array.from('abcd', (a) => a.repeat(50))],
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]?.endsWith('…')).toBe(true);
  });
});
