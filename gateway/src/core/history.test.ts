import { HISTORY_HEAD, HISTORY_TAIL, type WireHistoryEntry } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendEntry, entriesAfter, NO_HISTORY } from './history.ts';
import type { History } from './record.ts';

const ROOM = HISTORY_HEAD + HISTORY_TAIL;

/** Entries are told apart by their time: the first is at 1. */
function historyOf(count: number): History {
  let history = NO_HISTORY;
  for (let at = 1; at <= count; at++) history = appendEntry(history, ['RETRY', 'retry', at, at, 'w']);
  return history;
}

function timesOf(entries: readonly WireHistoryEntry[] | undefined): readonly number[] | undefined {
  return entries?.map(([, , at]) => at);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

describe('a history', () => {
  test('keeps all entries while there is room', () => {
    const history = historyOf(ROOM);
    expect(timesOf(history.entries)).toEqual(range(1, ROOM));
    expect(history.omitted).toBe(0);
  });

  test('keeps the first ten and the last five hundred, and counts what is between', () => {
    const history = historyOf(ROOM + 25);
    expect(timesOf(history.entries)).toEqual([...range(1, 10), ...range(36, ROOM + 25)]);
    expect(history.omitted).toBe(25);
  });

  test('is not changed by adding to it', () => {
    const history = historyOf(ROOM);
    appendEntry(history, ['SUCCESS', 'completed', 0, 0, null]);
    expect(history.entries).toHaveLength(ROOM);
  });
});

describe('the entries that a watcher misses', () => {
  test.each([
    [0, range(1, 5)],
    [3, [4, 5]],
    [5, []],
  ])('after the first %d of five', (sequence, expected) => {
    expect(timesOf(entriesAfter(historyOf(5), sequence))).toEqual(expected);
  });

  test('cannot be told to one who claims more than there are', () => {
    expect(entriesAfter(historyOf(5), 6)).toBeUndefined();
  });

  test('cannot be told to one whose last one is another: it is of a past that was taken back', () => {
    const history = historyOf(ROOM + 25);
    const at = (sequence: number): number => history.entries[sequence - 26]?.[2] ?? 0;
    expect(timesOf(entriesAfter(historyOf(5), 3, historyOf(5).entries[2]?.[2]))).toEqual([4, 5]);
    expect(entriesAfter(historyOf(5), 3, -1)).toBeUndefined();
    expect(entriesAfter(historyOf(5), 5, -1)).toBeUndefined();
    expect(timesOf(entriesAfter(history, 40, at(40)))).toEqual(range(41, ROOM + 25));
    expect(entriesAfter(history, 40, at(41))).toBeUndefined();
  });

  test('cannot be told where some of them were cut out', () => {
    const history = historyOf(ROOM + 25);
    expect(entriesAfter(history, 10)).toBeUndefined();
    expect(entriesAfter(history, 34)).toBeUndefined();
    expect(timesOf(entriesAfter(history, 35))).toEqual(range(36, ROOM + 25));
  });

  test('are exactly those that came after, or nothing at all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: ROOM + 40 }),
        fc.integer({ min: 0, max: ROOM + 50 }),
        (total, seen) => {
          const missing = timesOf(entriesAfter(historyOf(total), seen));
          if (missing !== undefined) expect(missing).toEqual(range(seen + 1, total));
          else expect(seen > total || total > ROOM).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});
