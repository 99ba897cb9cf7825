import type { Change, TaskRecord } from '../record/task-record.ts';
import { endingAfter } from './ending.ts';
import { endingError, type ResultHome } from './result-home.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/**
 * Every change from here on, the present state first when it is known. States are never left out; a progress
 * that nobody has taken yet is replaced by the next one. Ends after the terminal snapshot.
 */
export async function* followUpdates<T>(
  record: TaskRecord,
  home: ResultHome,
): AsyncGenerator<Snapshot<T>, void> {
  const { line, reading } = home;
  const askedJustNow = line.watch(record);
  const away = line.unreachable && record.standing !== 'unconfirmed';
  const untaken: { readonly change: Change; readonly snapshot: Snapshot<T> }[] = [];
  let heard: Change | undefined = away ? 'unreachable' : undefined;
  let wake: (() => void) | undefined;
  const keep = (change: Change): void => {
    if (change === 'progress' && untaken.at(-1)?.change === 'progress') untaken.pop();
    untaken.push({ change, snapshot: takeSnapshot<T>(record, reading) });
  };
  if (record.facts.known && !askedJustNow) keep('state');
  const stop = record.subscribe((change) => {
    heard = change;
    if (change === 'accepted' || change === 'state' || change === 'progress') keep(change);
    wake?.();
  });
  try {
    while (true) {
      for (let next = untaken.shift(); next !== undefined; next = untaken.shift()) yield next.snapshot;
      const ending = endingAfter(heard ?? 'synced', record, heard !== undefined || !askedJustNow);
      if (ending === 'ended') return;
      if (ending !== undefined) throw endingError(ending, record, line);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
  }
}
