import { HISTORY_HEAD, HISTORY_TAIL, type WireHistoryEntry } from '@celeriac/protocol/internal';
import type { History } from './record.ts';

export const NO_HISTORY: History = { entries: [], omitted: 0 };

/** Adds an entry, keeping the first ten and the last five hundred. */
export function appendEntry(history: History, entry: WireHistoryEntry): History {
  const entries = [...history.entries, entry];
  if (entries.length <= HISTORY_HEAD + HISTORY_TAIL) return { entries, omitted: history.omitted };
  entries.splice(HISTORY_HEAD, 1);
  return { entries, omitted: history.omitted + 1 };
}

/**
 * The entries after the first `sequence` ones, for a watcher that has those.
 * @param at the time of the last one that it has, if it tells
 * @returns `undefined` when one of them was cut out, or when the watcher has others than there are: it watched before this
 * store was restored from a backup
 */
export function entriesAfter(
  history: History,
  sequence: number,
  at?: number,
): readonly WireHistoryEntry[] | undefined {
  const total = history.entries.length + history.omitted;
  if (sequence > total) return undefined;
  if (history.omitted > 0 && sequence < HISTORY_HEAD + history.omitted) return undefined;
  const place = sequence - history.omitted;
  if (at !== undefined && place > 0 && history.entries[place - 1]?.[2] !== at) return undefined;
  return history.entries.slice(place);
}
