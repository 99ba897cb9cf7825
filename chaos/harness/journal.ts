import { openSync, writeSync } from 'node:fs';
import type { Clock } from '@celeriac/runtime';
import type { Entry } from '../history/entry.ts';
import { HistoryRecorder } from '../history/history-recorder.ts';
import { toLine } from '../history/lines.ts';

/** One call of the kernel per entry: what is written survives the process, and threads do not mix their lines. */
export function appendTo(path: string): (entry: Entry) => void {
  const file = openSync(path, 'a');
  return (entry) => void writeSync(file, toLine(entry));
}

/** How many operations one life of a process may number. */
const LIFE = 1_000_000;

/** @param life counts the starts of this process from 0, so that its operations have numbers of their own */
export function openJournal(
  by: string,
  path: string,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  life = 0,
): HistoryRecorder {
  return new HistoryRecorder(by, clock, appendTo(path), { numbers: life * LIFE });
}
