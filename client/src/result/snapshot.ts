import type { Lack, LeftOut, Reason, TaskState, Waiting } from '@celeriac/protocol';
import { isTerminal } from '@celeriac/protocol/calling';
import {
  childrenOf,
  type Facts,
  hasMoreChildren,
  historyLines,
  omittedLines,
  shownState,
} from '../record/facts.ts';
import type { Reading, ReadOutcome } from '../record/outcome.ts';
import type { TaskRecord } from '../record/task-record.ts';

/** One change of a task's state, in gateway time. */
export interface HistoryEntry {
  /** One of Celery's states. */
  readonly state: TaskState;
  /** Why it came to be in that state. */
  readonly reason: Reason;
  /** When, in gateway time. */
  readonly at: Date;
  /** Which try this belongs to: 0 before the first assignment, then 1, 2, … */
  readonly attempt: number;
  /** The worker's name; `null` if no worker was involved. */
  readonly worker: string | null;
}

/** What every snapshot says, whatever its {@link Snapshot} kind. */
export interface SnapshotFacts {
  /** The id of the task. */
  readonly id: string;
  /** `null` while it is not known (handles made from an id). */
  readonly name: string | null;
  /** One of Celery's states, or the custom state that the running task has set. */
  readonly state: string;
  /** The meta of the custom state while one is set; else as `result`. */
  readonly info: unknown;
  /** The stack of the error, from where it was thrown; `undefined` where there is no error. */
  readonly traceback: string | undefined;
  /** Why a task that is not running waits, when the gateway has said so. */
  readonly waiting: Waiting | null;
  /**
   * What is missing where it waits for a worker: `'queue'` when no worker takes tasks from its queue, `'task'` when those that do
   * have no such task. `null` otherwise, and before the gateway has said so ({@link AsyncResult.refresh}).
   */
  readonly lacks: Lack | null;
  /** `null` while the task is not defined. */
  readonly queue: string | null;
  /** The worker that runs it, or ran it last; `null` before the first. */
  readonly worker: string | null;
  /** Which try it is in: 0 before the first assignment, then 1, 2, … */
  readonly attempt: number;
  /** How often it was tried again after a failure. */
  readonly retries: number;
  /** The first call of its chain of calls; `null` while it is not known. */
  readonly rootId: string | null;
  /** The task that called it; `null` if none did, or if it is not known. */
  readonly parentId: string | null;
  /** Ids of tasks that it called, or that were linked to it; known at its end. No more than the first 1,000: see `moreChildren`. */
  readonly children: readonly string[];
  /** Whether it called more tasks than are in `children`; the others are not kept. */
  readonly moreChildren: boolean;
  /** Every change so far, the oldest first. */
  readonly history: readonly HistoryEntry[];
  /** How many entries the bound on long histories has cut out, after the first ten. */
  readonly omitted: number;
  /** What was too large to travel with the rest, and is missing therefore: the arguments, the progress, the children. Nearly always nothing. */
  readonly leftOut: readonly LeftOut[];
  /** False: the gateway has no such task, or has not been heard yet. */
  readonly known: boolean;
  /** Whether an authoritative answer has arrived. */
  readonly synced: boolean;
  /** When it ended; `null` before that. */
  readonly dateDone: Date | null;
}

interface OfKind<Kind extends string, Result> extends SnapshotFacts {
  /** What `result` is to be taken for; a custom `state` does not change it. */
  readonly kind: Kind;
  /** What the kind says: the value of a success, the error of a failure, a retry or a revocation, else `undefined`. */
  readonly result: Result;
}

/** Waits to be run, or is unknown: see `known`. */
export type PendingSnapshot = OfKind<'pending', undefined>;
/** A worker runs it; `state` and `info` are its custom state, if it has set one. */
export type RunningSnapshot = OfKind<'running', undefined>;
/** Waits to be tried again; `undefined` where the error of the last try is not known. */
export type RetrySnapshot = OfKind<'retry', Error | undefined>;
/** Ended with a value. */
export type SuccessSnapshot<T = unknown> = OfKind<'success', T>;
/** Ended with an error. */
export type FailureSnapshot = OfKind<'failure', Error>;
/** Was revoked, or expired before it began. */
export type RevokedSnapshot = OfKind<'revoked', Error>;
/** Ended by `throw new Ignore()`: there is no result. */
export type IgnoredSnapshot = OfKind<'ignored', undefined>;
/**
 * Ended as `state` says, but its result is not available: it is not kept, or no longer; or it cannot be read here, then with a
 * PayloadError.
 */
export type GoneSnapshot = OfKind<'gone', Error | undefined>;

/**
 * A task as it was known at one moment; plain data that does not change. `kind` tells which one it is.
 *
 * @example
 * const shot = res.snapshot();
 * if (shot.kind === 'success') show(shot.result);             // the value's type
 * else if (shot.kind === 'failure') warn(shot.result.message); // an Error
 */
export type Snapshot<T = unknown> =
  | PendingSnapshot
  | RunningSnapshot
  | RetrySnapshot
  | SuccessSnapshot<T>
  | FailureSnapshot
  | RevokedSnapshot
  | IgnoredSnapshot
  | GoneSnapshot;

export function takeSnapshot<T>(record: TaskRecord, reading: Reading): Snapshot<T> {
  const { facts } = record;
  const { waiting, lacks, queue, worker, attempt, retries, rootId, parentId } = facts;
  const { leftOut, known, synced } = facts;
  const outcome = record.outcome(reading);
  const shot = {
    id: record.id,
    name: record.name,
    state: shownState(facts),
    kind: kindOf(facts, outcome),
    result: resultOf<T>(outcome),
    info: infoOf(record, reading),
    traceback: outcome.kind === 'error' ? outcome.traceback : undefined,
    waiting,
    lacks,
    queue,
    worker,
    attempt,
    retries,
    rootId,
    parentId,
    children: childrenOf(facts),
    moreChildren: hasMoreChildren(facts),
    history: historyOf(facts),
    omitted: omittedLines(facts),
    leftOut,
    known,
    synced,
    dateDone: dateDone(facts),
  };
  // The kind says what the result is: it was made of the same outcome.
  return shot as Snapshot<T>;
}

function kindOf({ state, progress }: Facts, { kind }: ReadOutcome): Snapshot['kind'] {
  switch (state) {
    case 'PENDING':
    case 'STARTED':
    case 'RETRY':
      if (state === 'STARTED' || progress !== null) return 'running';
      return state === 'RETRY' ? 'retry' : 'pending';
    case 'SUCCESS':
      return kind === 'value' ? 'success' : 'gone';
    case 'FAILURE':
      return kind === 'error' ? 'failure' : 'gone';
    case 'REVOKED':
      return 'revoked';
    case 'IGNORED':
      return 'ignored';
  }
}

/** The one place where a value from the wire becomes the type that the task's definition promises. */
export function resultOf<T>(outcome: ReadOutcome): T | Error | undefined {
  if (outcome.kind === 'none') return undefined;
  return outcome.kind === 'value' ? (outcome.value as T) : outcome.error;
}

export function infoOf(record: TaskRecord, reading: Reading): unknown {
  const { facts } = record;
  if (facts.progress === null || isTerminal(facts.state)) return resultOf(record.outcome(reading));
  try {
    return reading.serializers.decode(facts.progress[1], `meta of ${facts.progress[0]}`);
  } catch {
    // A meta that cannot be read must not stop the states that come with it.
    return undefined;
  }
}

export function historyOf(facts: Facts): readonly HistoryEntry[] {
  return historyLines(facts).map(([state, reason, at, attempt, worker]) => ({
    state,
    reason,
    at: new Date(at),
    attempt,
    worker,
  }));
}

export function dateDone(facts: Facts): Date | null {
  return isTerminal(facts.state) && facts.lastLine !== null ? new Date(facts.lastLine.entry[2]) : null;
}

/** @returns `undefined` while they are not known, or when they cannot be read here */
export function argsOf(
  { id, name, facts }: TaskRecord,
  { serializers }: Reading,
): readonly unknown[] | undefined {
  if (facts.args === null) return undefined;
  try {
    const args = serializers.decode(facts.args, `arguments of ${name ?? `task ${id}`}`);
    return Array.isArray(args) ? args : undefined;
  } catch {
    return undefined;
  }
}
