/** A task among many: what a table of tasks shows of it. Nothing here grows with its payloads. */

import type { Failure, Reason, TaskFilter, TaskState } from '@celeriac/protocol';
import { decodeFailure, payloadSize, type WirePayload } from '@celeriac/protocol/internal';
import { acceptedAt, type StoredTask, type TaskPhase } from './record.ts';

/** The filter of a client, limited to the tasks of one subject if it may not see all. */
export interface SubjectFilter extends TaskFilter {
  readonly subject?: string;
}

export interface TaskSummary {
  readonly id: string;
  /** As the record's: of two summaries the one with the higher is later. */
  readonly version: number;
  readonly phase: TaskPhase;
  readonly name: string;
  readonly queue: string;
  readonly priority: number;
  readonly state: TaskState;
  readonly reason: Reason;
  readonly worker: string | null;
  readonly attempt: number;
  readonly retries: number;
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly args: string;
  readonly error: string | null;
  readonly shadow: string | null;
  readonly rootId: string;
  readonly parentId: string | null;
}

/** Characters of arguments, and of an error, that are shown. Celery's events show 1,024 of arguments; a row of a table, fewer. */
export const SHOWN_LENGTH = 300;
/** A longer body is not read for the sake of one line. */
const FAILURE_READ = 64 * 1024;

/** @param args what is shown of the arguments where the caller has not said, when the record's own were left where they are */
export function summaryOf(record: StoredTask, args = payloadText(record.args)): TaskSummary {
  const { call, history, lineage, options } = record;
  const last = history.entries.at(-1);
  return {
    id: record.id,
    version: record.version,
    phase: record.phase,
    name: record.name,
    queue: options.queue,
    priority: options.priority,
    state: record.state,
    reason: last?.[1] ?? 'submitted',
    worker: workerOf(record),
    attempt: record.attempt,
    retries: record.retries,
    submittedAt: acceptedAt(record),
    startedAt: startOf(record),
    endedAt: record.endedAt,
    dueAt: record.dueAt,
    expiresAt: record.expiresAt,
    args: call?.argsRepr?.slice(0, SHOWN_LENGTH) ?? args,
    error: errorOf(record),
    shadow: call?.shadow ?? null,
    rootId: lineage?.rootId ?? record.id,
    parentId: lineage?.parentId ?? null,
  };
}

/** The beginning of a payload as it was written. */
export function payloadText(payload: WirePayload): string {
  const text = typeof payload === 'string' ? payload : payload[1];
  return text.slice(0, SHOWN_LENGTH);
}

/** @returns `undefined` for an error that is too long to be read for this */
export function readFailure(body: WirePayload): Failure | undefined {
  return payloadSize(body) > FAILURE_READ ? undefined : decodeFailure(body);
}

/** One line of an error. */
export function failureText(failure: Failure | undefined): string {
  if (failure === undefined) return 'an error too long to be shown here';
  return `${failure.name}: ${failure.message}`.slice(0, SHOWN_LENGTH);
}

/** The newest is the greatest; an id tells apart what came in the same millisecond. */
export function compareAge(one: TaskSummary, other: TaskSummary): number {
  return one.submittedAt - other.submittedAt || (one.id < other.id ? -1 : Number(one.id > other.id));
}

/** What a record alone can tell quickly; text is looked for in the summary. */
export function mayMatch(
  record: StoredTask,
  { states, queue, name, worker, subject }: SubjectFilter,
): boolean {
  return (
    (subject === undefined || record.subject === subject) &&
    (states === undefined || states.includes(record.state)) &&
    (name === undefined || record.name === name) &&
    (queue === undefined || record.options.queue === queue) &&
    (worker === undefined || workerOf(record) === worker)
  );
}

/** Whether it matches, given that {@link mayMatch}. */
export function matchesText({ id, name, shadow, args }: TaskSummary, { text }: TaskFilter): boolean {
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return [id, name, shadow ?? '', args].some((shown) => shown.toLowerCase().includes(wanted));
}

/** The worker that runs it, or ran it last: after the lease is gone, it is taken from the history. */
export function workerOf({ lease, history }: StoredTask): string | null {
  return lease?.worker ?? history.entries.at(-1)?.[4] ?? null;
}

export function startOf({ history }: StoredTask): number | null {
  return history.entries.findLast(([state]) => state === 'STARTED')?.[2] ?? null;
}

function errorOf({ state, body }: StoredTask): string | null {
  const failed = state === 'FAILURE' || state === 'RETRY' || state === 'REVOKED';
  return failed && body !== null ? failureText(readFailure(body)) : null;
}
