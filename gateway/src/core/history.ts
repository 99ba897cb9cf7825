import { HISTORY_HEAD, HISTORY_TAIL, type WireHistoryEntry } from '@celeriac/protocol';
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
 * @returns `undefined` when one of them was cut out, or when the watcher claims more than there are
 */
export function entriesAfter(history: History, sequence: number): readonly WireHistoryEntry[] | undefined {
  const total = history.entries.length + history.omitted;
  if (sequence > total) return undefined;
  if (history.omitted === 0) return history.entries.slice(sequence);
  const firstKept = HISTORY_HEAD + history.omitted;
  return sequence >= firstKept ? history.entries.slice(sequence - history.omitted) : undefined;
}
