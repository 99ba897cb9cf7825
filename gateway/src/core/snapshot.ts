import type { Lack, Waiting } from '@celeriac/protocol';
import type { EventItem, WireHistoryEntry, WirePayload, WireSnapshot } from '@celeriac/protocol/internal';
import { entriesAfter } from './history.ts';
import { type StoredTask, sequenceOf } from './record.ts';

export interface Outlook {
  /** Why it waits, where it does. */
  readonly waiting: Waiting | null;
  /** What no worker has, where it waits for one. */
  readonly lacks?: Lack | null;
  readonly progress: readonly [state: string, meta: WirePayload] | null;
  /** Whether results are kept at all, and until when after the end. */
  readonly retention: Retention;
  /** Entries that the watcher has: it gets those after, where that is possible. */
  readonly after: number;
  /** The time of the last of them, if the watcher tells. */
  readonly lastAt?: number | undefined;
}

export interface Retention {
  readonly keepResults: boolean;
  readonly resultMs: number;
}

export function isResultKept(record: Pick<StoredTask, 'options'>, retention: Retention): boolean {
  return retention.keepResults && !record.options.ignoreResult;
}

/** An error may be kept where a result is not. */
function isBodyKept({ options, state }: StoredTask, retention: Retention): boolean {
  if (!retention.keepResults) return false;
  return !options.ignoreResult || (state === 'FAILURE' && options.storeErrorsEvenIfIgnored);
}

export function snapshotOf(record: StoredTask, outlook: Outlook, now: number): WireSnapshot {
  const missing = entriesAfter(record.history, outlook.after, outlook.lastAt);
  const kept = isResultKept(record, outlook.retention);
  const ended = record.endedAt !== null;
  const expired = record.endedAt !== null && now >= record.endedAt + outlook.retention.resultMs;
  // Reasons of a revocation are not results: they outlive them.
  const gone =
    ended &&
    record.state !== 'REVOKED' &&
    record.state !== 'IGNORED' &&
    (!isBodyKept(record, outlook.retention) || expired || record.body === null);
  return {
    id: record.id,
    known: true,
    sequence: sequenceOf(record),
    state: record.state,
    waiting: outlook.waiting,
    ...(outlook.lacks == null ? {} : { lacks: outlook.lacks }),
    name: record.name,
    queue: record.phase === 'unrouted' ? null : record.options.queue,
    attempt: record.attempt,
    retries: record.retries,
    worker: record.lease?.worker ?? null,
    rootId: record.lineage?.rootId ?? record.id,
    parentId: record.lineage?.parentId ?? null,
    children: record.children,
    args: record.args === '' ? null : record.args,
    progress: ended ? null : outlook.progress,
    body: gone ? null : record.body,
    gone,
    kept,
    from: missing === undefined ? 0 : outlook.after,
    history: missing ?? record.history.entries,
    omitted: missing === undefined ? record.history.omitted : 0,
  };
}

export function unknownSnapshot(id: string): WireSnapshot {
  return {
    id,
    known: false,
    sequence: 0,
    state: 'PENDING',
    waiting: null,
    name: null,
    queue: null,
    attempt: 0,
    retries: 0,
    worker: null,
    rootId: null,
    parentId: null,
    children: [],
    args: null,
    progress: null,
    body: null,
    gone: false,
    kept: false,
    from: 0,
    history: [],
    omitted: 0,
  };
}

/** The events that a change from `before` (`null`: submitted) to `after` is to its watchers, in order. */
export function eventsBetween(before: StoredTask | null, after: StoredTask): readonly EventItem[] {
  const seen = before === null ? 0 : sequenceOf(before);
  const total = sequenceOf(after);
  if (total === seen) return [];
  const { entries } = after.history;
  const newest = entries[entries.length - 1];
  if (total - seen === 1 && newest !== undefined) return [eventOf(after, newest, total, true)];
  return entries
    .slice(seen - total)
    .map((entry, position) => eventOf(after, entry, seen + position + 1, seen + position + 1 === total));
}

function eventOf(record: StoredTask, entry: WireHistoryEntry, sequence: number, last: boolean): EventItem {
  const [state, reason, at, attempt, worker] = entry;
  const { id, retries, body, children } = record;
  return record.endedAt === null || children.length === 0 || !last
    ? [id, sequence, at, state, reason, attempt, worker, retries, last ? body : null]
    : [id, sequence, at, state, reason, attempt, worker, retries, body, children];
}
