/** What a change of a task is in Celery's events (its docs, "Monitoring": event reference), where it is one. */
import type { MonitorEvent } from '@celeriac/protocol';
import type { WirePayload } from '@celeriac/protocol/internal';
import { acceptedAt, type StoredTask } from './record.ts';
import { failureText, payloadText, readFailure, startOf, summaryOf, workerOf } from './summary.ts';

/** An event that has no number yet. */
export type NewEvent = Omit<MonitorEvent, 'clock'>;

const TRACEBACK_LENGTH = 2_000;

/** @param from `null` for a task that was just accepted */
export function eventsOfChange(from: StoredTask | null, to: StoredTask, now: number): readonly NewEvent[] {
  if (from === null) return to.lease === null ? [sent(to)] : [sent(to), received(to, acceptedAt(to))];
  if (to.phase === 'running') return from.phase === 'running' ? [] : [started(to, now)];
  const entry = to.history.entries.at(-1);
  if (entry === undefined || to.history === from.history) return [];
  return ended(from, to);
}

/** Given to a worker: when it came, where it was given away at once. */
export function received(record: StoredTask, now: number): NewEvent {
  const { args, rootId, parentId, retries } = summaryOf(record);
  return {
    type: 'task-received',
    timestamp: now / 1_000,
    ...whose(record),
    args,
    retries,
    root_id: rootId,
    parent_id: parentId,
    ...times(record),
  };
}

function sent(record: StoredTask): NewEvent {
  const { name, args, queue, rootId, parentId, retries } = summaryOf(record);
  return {
    type: 'task-sent',
    timestamp: acceptedAt(record) / 1_000,
    uuid: record.id,
    name,
    args,
    ...(record.phase === 'unrouted' ? {} : { queue }),
    retries,
    root_id: rootId,
    parent_id: parentId,
    ...times(record),
  };
}

/** At the time that its history names; one that is not tracked has none there. */
function started(record: StoredTask, now: number): NewEvent {
  const [state, , at] = record.history.entries.at(-1) ?? [];
  return {
    type: 'task-started',
    timestamp: (state === 'STARTED' ? (at ?? now) : now) / 1_000,
    ...whose(record),
  };
}

function ended(from: StoredTask, to: StoredTask): readonly NewEvent[] {
  const [, reason, at] = to.history.entries.at(-1) ?? ['PENDING', 'submitted', 0];
  const about = { timestamp: at / 1_000, ...whose(to) };
  switch (reason) {
    case 'completed':
      return [{ type: 'task-succeeded', ...about, ...resultOf(to.body), ...runtimeOf(to, at) }];
    case 'retry':
      return [{ type: 'task-retried', ...about, ...failureOf(to.body), retries: to.retries }];
    case 'rejected':
      return [
        { type: 'task-failed', ...about, ...failureOf(to.body), reason },
        { type: 'task-rejected', ...about, requeue: false },
      ];
    case 'requeued':
      return [{ type: 'task-rejected', ...about, requeue: true }];
    case 'revoked':
    case 'expired':
      return [
        {
          type: 'task-revoked',
          ...about,
          expired: reason === 'expired',
          terminated: from.phase === 'running',
        },
      ];
    case 'ignored':
      return [{ type: 'task-ignored', ...about, ...runtimeOf(to, at) }];
    case 'released':
      return [{ type: 'task-released', ...about, reason }];
    case 'worker-lost':
      if (to.phase !== 'ended') return [{ type: 'task-released', ...about, reason }];
      return [{ type: 'task-failed', ...about, ...failureOf(to.body), reason }];
    default:
      return to.state === 'FAILURE'
        ? [{ type: 'task-failed', ...about, ...failureOf(to.body), ...runtimeOf(to, at), reason }]
        : [];
  }
}

/** Celery names a task at its start only, and leaves it to the reader to remember; who came later knows no name. */
function whose(record: StoredTask): Pick<NewEvent, 'uuid' | 'name' | 'hostname'> {
  const { id, name } = record;
  const worker = workerOf(record);
  return worker === null ? { uuid: id, name } : { uuid: id, name, hostname: worker };
}

function times({ dueAt, expiresAt }: StoredTask): Pick<NewEvent, 'eta' | 'expires'> {
  return { eta: isoOf(dueAt), expires: isoOf(expiresAt) };
}

function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function resultOf(body: WirePayload | null): Pick<NewEvent, 'result'> {
  return body === null ? {} : { result: payloadText(body) };
}

function failureOf(body: WirePayload | null): Pick<NewEvent, 'exception' | 'traceback'> {
  if (body === null) return {};
  const failure = readFailure(body);
  const exception = failureText(failure);
  const traceback = failure?.traceback?.slice(0, TRACEBACK_LENGTH);
  return traceback === undefined ? { exception } : { exception, traceback };
}

function runtimeOf(record: StoredTask, endedAt: number): Pick<NewEvent, 'runtime'> {
  const startedAt = startOf(record);
  return startedAt === null ? {} : { runtime: (endedAt - startedAt) / 1_000 };
}
