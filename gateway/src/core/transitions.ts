/**
 * Every way a task can change, as named constructors: (record, facts, now) → next record.
 *
 * Nothing else builds records. Each constructor fills exactly the fields that belong together, so a half-made
 * change cannot exist, and adds the history entry where the user-visible state changes.
 */

import type { Reason, TaskState } from '@celeriac/protocol';
import {
  type CallOptions,
  CHILDREN,
  encodeFailure,
  isLegal,
  type ResolvedOptions,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { appendEntry, NO_HISTORY } from './history.ts';
import { type Ancestry, type AttemptLease, type History, isHeld, type StoredTask } from './record.ts';

const NO_CHILDREN: readonly string[] = [];

export interface AcceptedCall {
  readonly id: string;
  readonly name: string;
  readonly args: WirePayload;
  readonly call: CallOptions | null;
  readonly options: ResolvedOptions;
  /** Whether anybody has defined the name. */
  readonly routed: boolean;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly prepend: readonly WirePayload[];
  readonly lineage: Ancestry | null;
  readonly subject: string | null;
}

/** Field by field, in the order of {@link StoredTask}: all records have one shape, and a copy of one costs next to nothing. */
export function submit(submission: AcceptedCall, now: number): StoredTask {
  const { dueAt } = submission;
  return {
    key: 0,
    id: submission.id,
    name: submission.name,
    args: submission.args,
    prepend: submission.prepend,
    call: submission.call,
    lineage: submission.lineage,
    subject: submission.subject,
    options: submission.options,
    phase: submission.routed ? waitingPhase(dueAt, now) : 'unrouted',
    version: 1,
    dueAt,
    expiresAt: submission.expiresAt,
    lease: null,
    trialMs: null,
    state: 'PENDING',
    attempt: 0,
    retries: 0,
    deliveries: 0,
    requeues: 0,
    children: NO_CHILDREN,
    chunks: 0,
    history: appendEntry(NO_HISTORY, ['PENDING', 'submitted', now, 0, null]),
    body: null,
    endedAt: null,
  };
}

/** Somebody defined the name: the task gets its options and its place. */
export function route(
  record: StoredTask,
  options: ResolvedOptions,
  expiresAt: number | null,
  now: number,
): StoredTask {
  return {
    ...record,
    version: record.version + 1,
    options,
    expiresAt,
    phase: waitingPhase(record.dueAt, now),
  };
}

/** Given to a worker session. Nothing a user sees. */
export function lease(record: StoredTask, given: AttemptLease): StoredTask {
  return {
    ...record,
    version: record.version + 1,
    phase: 'leased',
    lease: given,
    attempt: record.attempt + 1,
  };
}

/** The worker reports that it enters the body. Untracked, nothing a user sees. */
export function start(record: StoredTask, now: number): StoredTask {
  const version = record.version + 1;
  if (!record.options.trackStarted || record.state === 'STARTED')
    return { ...record, version, phase: 'running', chunks: 0 };
  const history = entered(record, 'STARTED', 'started', now);
  return { ...record, version, phase: 'running', chunks: 0, state: 'STARTED', body: null, history };
}

/** Back to the queue without blame: the worker gives it back, or was lost before it began. */
export function release(record: StoredTask, now: number): StoredTask {
  const next = waiting(record, now);
  return record.state === 'STARTED' ? enter(next, 'PENDING', 'released', now, record.lease) : next;
}

/**
 * The worker died while it ran the task, which will run again.
 * @param trialMs whether it stands trial then, and for how long
 * @param blamed whether that counts
 */
export function lose(record: StoredTask, now: number, trialMs: number | null, blamed = true): StoredTask {
  const deliveries = blamed ? record.deliveries + 1 : record.deliveries;
  const lost = { ...waiting(record, now), deliveries, trialMs };
  return enter(lost, 'PENDING', 'worker-lost', now, record.lease);
}

/**
 * A run died and its worker lives: it stood no trial, or still does. The lease is remembered,
 * as after every report.
 */
export function loseAlone(record: StoredTask, now: number): StoredTask {
  const next: StoredTask = {
    ...step(record),
    phase: waitingPhase(record.dueAt, now),
    deliveries: record.deliveries + 1,
  };
  return enter(next, 'PENDING', 'worker-lost', now);
}

/** Back to the queue by the task's own wish. The lease is remembered, as after every report. */
export function requeue(record: StoredTask, now: number): StoredTask {
  const next: StoredTask = {
    ...step(record),
    phase: waitingPhase(record.dueAt, now),
    requeues: record.requeues + 1,
    trialMs: null,
  };
  return enter(next, 'PENDING', 'requeued', now);
}

/** @param args of the next run; `null` keeps the present ones, and what stands before them */
export function retry(
  record: StoredTask,
  error: WirePayload,
  dueAt: number,
  now: number,
  args: WirePayload | null = null,
): StoredTask {
  const next: StoredTask = {
    ...step(record),
    ...(args === null ? {} : { args, prepend: [] }),
    phase: waitingPhase(dueAt, now),
    dueAt,
    retries: record.retries + 1,
    trialMs: null,
    body: error,
  };
  return enter(next, 'RETRY', 'retry', now);
}

/** It has run for longer than before: it was not to blame. Nothing a user sees. */
export function clear(record: StoredTask): StoredTask {
  return { ...step(record), trialMs: null };
}

export function complete(record: StoredTask, result: WirePayload, now: number): StoredTask {
  return end(record, 'SUCCESS', 'completed', result, now);
}

export function failAttempt(
  record: StoredTask,
  reason: 'error' | 'rejected' | 'timed-out' | 'poisoned' | 'worker-lost',
  error: WirePayload,
  now: number,
): StoredTask {
  return end(record, 'FAILURE', reason, error, now);
}

export function ignore(record: StoredTask, now: number): StoredTask {
  return end(record, 'IGNORED', 'ignored', null, now);
}

/** Drops what an ended task took and gave; that it was, and how it ended, stays. */
export function forget(record: StoredTask): StoredTask {
  return { ...step(record), args: '', prepend: [], body: null };
}

/** Tasks that it called, or that were linked to it, beside those known; no step of its own. */
export function adoptDefinition(record: StoredTask, children: readonly string[]): StoredTask {
  if (children.length === 0) return record;
  const all = [...new Set([...record.children, ...children])];
  return { ...record, children: all.slice(0, CHILDREN) };
}

/** Tasks that were to be its children, and whose ids were taken; no step of its own. */
export function disown<Record extends Pick<StoredTask, 'children'>>(
  record: Record,
  taken: readonly string[],
): Record {
  return { ...record, children: record.children.filter((id) => !taken.includes(id)) };
}

/** How many chunks the attempt that ended gave; no step of its own. */
export function withCount(record: StoredTask, chunks: number): StoredTask {
  return chunks === record.chunks ? record : { ...record, chunks };
}

/** Ends the task whatever it is doing; the lease is cut, so that a report still to come is stale. */
export function revokeTask(record: StoredTask, reason: 'revoked' | 'expired', now: number): StoredTask {
  const error = encodeFailure({ name: 'TaskRevokedError', message: reason, code: 'TASK_REVOKED' });
  return {
    ...end({ ...record, lease: isHeld(record) ? record.lease : null }, 'REVOKED', reason, error, now),
    lease: null,
  };
}

function end(
  record: StoredTask,
  state: TaskState,
  reason: Reason,
  body: WirePayload | null,
  now: number,
): StoredTask {
  const history = entered(record, state, reason, now);
  return { ...record, version: record.version + 1, phase: 'ended', body, endedAt: now, state, history };
}

/** Back in its lane, the cut lease forgotten. */
function waiting(record: StoredTask, now: number): StoredTask {
  return { ...step(record), phase: waitingPhase(record.dueAt, now), lease: null };
}

function waitingPhase(dueAt: number | null, now: number): 'scheduled' | 'ready' {
  return dueAt !== null && dueAt > now ? 'scheduled' : 'ready';
}

function step(record: StoredTask): StoredTask {
  return { ...record, version: record.version + 1 };
}

/**
 * A body is an end's or a retry's: the error of a retry goes when the task is tried again.
 * @param by the lease whose worker the entry names
 */
function enter(
  record: StoredTask,
  state: TaskState,
  reason: Reason,
  now: number,
  by = record.lease,
): StoredTask {
  const body = state === 'PENDING' || state === 'STARTED' ? null : record.body;
  return { ...record, state, body, history: entered(record, state, reason, now, by) };
}

/** Its history when it comes to this state. */
function entered(
  record: StoredTask,
  state: TaskState,
  reason: Reason,
  now: number,
  by = record.lease,
): History {
  if (!isLegal(record.state, reason, state)) {
    throw new Error(`illegal transition of task ${record.id}: ${record.state} to ${state} (${reason})`);
  }
  return appendEntry(record.history, [state, reason, now, record.attempt, by?.worker ?? null]);
}
