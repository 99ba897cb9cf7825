/**
 * Every error that Celeriac itself makes, in one file.
 *
 * Each has a literal `code`, which is what travels and what code should match on; facts are readonly
 * fields. The message says what was expected, what came, and which name.
 */

import { conflictText } from './call-difference.ts';
import type { Lack, Waiting } from './state.ts';

interface Because {
  readonly cause?: unknown;
}

export class CeleriacError extends Error {
  override readonly name: string = 'CeleriacError';
  readonly code: string;
  constructor(code: string, message: string, because: Because = {}) {
    super(message, because);
    this.code = code;
  }
}

/** A task name, option or argument of ours was misused; thrown where the caller stands. */
export class UsageError extends CeleriacError {
  override readonly name: string = 'UsageError';
  constructor(message: string, because?: Because) {
    super('USAGE', message, because);
  }
}

/** An option has an unknown name or an impossible value; thrown at the call or definition. */
export class OptionError extends CeleriacError {
  override readonly name: string = 'OptionError';
  readonly option: string;
  constructor(option: string, message: string) {
    super('BAD_OPTION', message);
    this.option = option;
  }
}

/** A value cannot be written or read by its serializer. */
export class PayloadError extends CeleriacError {
  override readonly name: string = 'PayloadError';
  constructor(message: string, because?: Because) {
    super('BAD_PAYLOAD', message, because);
  }
}

/** What a task waited for when somebody's patience was over. */
export interface WaitedFor {
  readonly waiting?: Waiting | null | undefined;
  readonly lacks?: Lack | null | undefined;
  /** In words. */
  readonly text?: string | undefined;
}

/** `get({ timeout })` ran out. The task itself goes on. The message says what it waits for, where that is known. */
export class TimeoutError extends CeleriacError {
  override readonly name: string = 'TimeoutError';
  readonly taskId: string;
  /** False: the gateway has said that it has no such task. Its UnknownTaskError is the `cause`. */
  readonly known: boolean;
  /** As in the task's snapshot. `null` as well where it was not known here. */
  readonly waiting: Waiting | null;
  readonly lacks: Lack | null;
  constructor(taskId: string, timeoutMs: number, known = true, { waiting, lacks, text }: WaitedFor = {}) {
    const within = `within ${timeoutMs / 1000} s`;
    const why = text === undefined ? '' : `: ${text}`;
    super(
      'TIMEOUT',
      known
        ? `task ${taskId} did not end ${within}${why}`
        : `no task has the id ${taskId}, and none came ${within}: is it of another gateway, or forgotten?`,
      known ? {} : { cause: new UnknownTaskError(taskId) },
    );
    this.taskId = taskId;
    this.known = known;
    this.waiting = waiting ?? null;
    this.lacks = lacks ?? null;
  }
}

/**
 * The gateway does not know this id. `lost` says that this client had it accepted by an earlier store,
 * which is gone (a gateway on the memory engine was restarted).
 */
export class UnknownTaskError extends CeleriacError {
  override readonly name: string = 'UnknownTaskError';
  readonly taskId: string;
  readonly lost: boolean;
  constructor(taskId: string, lost = false) {
    super(
      'UNKNOWN_TASK',
      lost ? `task ${taskId} was accepted, but the gateway's store was lost` : `no task has the id ${taskId}`,
    );
    this.taskId = taskId;
    this.lost = lost;
  }
}

/** The task ended, and its result is no longer kept (or never was). */
export class ResultGoneError extends CeleriacError {
  override readonly name: string = 'ResultGoneError';
  readonly taskId: string;
  readonly state: string;
  constructor(taskId: string, state: string) {
    super('RESULT_GONE', `task ${taskId} ended as ${state}, and its result is not kept any more`);
    this.taskId = taskId;
    this.state = state;
  }
}

/**
 * The call was not accepted: refused by the gateway (its reason is `cause` or `code`), or not confirmed
 * within `acceptTimeout`. `indeterminate` says that nobody knows: the submit was sent, no receipt came.
 */
export class NotAcceptedError extends CeleriacError {
  override readonly name: string = 'NotAcceptedError';
  readonly taskId: string;
  readonly indeterminate: boolean;
  constructor(taskId: string, indeterminate: boolean, message: string, because?: Because) {
    super('NOT_ACCEPTED', message, because);
    this.taskId = taskId;
    this.indeterminate = indeterminate;
  }
}

/** The gateway has been unreachable for `giveUpAfter`. A task that it had accepted may well have ended. */
export class GatewayUnreachableError extends CeleriacError {
  override readonly name: string = 'GatewayUnreachableError';
  /** `null` where the question was about no task. */
  readonly taskId: string | null;
  constructor(taskId: string | null, afterMs: number, because?: Because) {
    const about = taskId === null ? '' : `task ${taskId}: `;
    super('GATEWAY_UNREACHABLE', `${about}the gateway has been unreachable for ${afterMs / 1000} s`, because);
    this.taskId = taskId;
  }
}

/**
 * The id is taken: by a task with another name, other arguments or other options, which its message names where the caller may
 * know; or by a task that somebody else called.
 */
export class IdConflictError extends CeleriacError {
  override readonly name: string = 'IdConflictError';
  readonly taskId: string;
  /** @param message says what differs, where that may be told */
  constructor(taskId: string, message: string = conflictText(taskId)) {
    super('ID_CONFLICT', message);
    this.taskId = taskId;
  }
}

/** The gateway makes no queue for being named, and there is none of this name. */
export class QueueNotFound extends CeleriacError {
  override readonly name: string = 'QueueNotFound';
  constructor(message: string) {
    super('QUEUE_NOT_FOUND', message);
  }
}

/** The task runs only so often at a time for each key, and the call has no `concurrencyKey`. */
export class KeyRequiredError extends CeleriacError {
  override readonly name: string = 'KeyRequiredError';
  constructor(message: string) {
    super('KEY_REQUIRED', message);
  }
}

/** The gateway refused a request; `code` is one of {@link RefusalCode}. */
export class RefusedError extends CeleriacError {
  override readonly name: string = 'RefusedError';
  /** When it makes sense to ask again, in milliseconds; `null` when it does not. */
  readonly retryAfterMs: number | null;
  constructor(code: string, message: string, retryAfterMs: number | null = null) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }

  /** Of what a gateway said. */
  static of(refusal: {
    readonly code: string;
    readonly message: string;
    readonly retryAfterMs?: number | null;
  }): RefusedError {
    return new RefusedError(refusal.code, refusal.message, refusal.retryAfterMs ?? null);
  }
}

/** The app or connection was closed while something still waited. */
export class ClosedError extends CeleriacError {
  override readonly name: string = 'ClosedError';
  constructor(message: string) {
    super('CLOSED', message);
  }
}

/**
 * The task gave more chunks without waiting than there is room for; thrown by `emit`, where the body stands. Await each
 * `emit` and it never is.
 */
export class StreamFullError extends CeleriacError {
  override readonly name: string = 'StreamFullError';
  constructor(message: string) {
    super('STREAM_FULL', message);
  }
}

/** Chunks of a stream are not kept any more, and the reader has no `onGap`. */
export class StreamGapError extends CeleriacError {
  override readonly name: string = 'StreamGapError';
  readonly taskId: string;
  /** How many. */
  readonly missed: number;
  /** The first of them, counted from 0. */
  readonly from: number;
  constructor(taskId: string, missed: number, from: number) {
    super('STREAM_GAP', `${missed} chunks of task ${taskId}, from ${from} on, are not kept any more`);
    this.taskId = taskId;
    this.missed = missed;
    this.from = from;
  }
}

/** The task began another attempt while its stream was read, and the reader has no `onRestart`. */
export class StreamRestartedError extends CeleriacError {
  override readonly name: string = 'StreamRestartedError';
  readonly taskId: string;
  /** The new one. */
  readonly attempt: number;
  /** Why the attempt before did not end the task: `retry`, `worker-lost`, … */
  readonly reason: string;
  constructor(taskId: string, attempt: number, reason: string) {
    super('STREAM_RESTARTED', `the stream of task ${taskId} began anew with attempt ${attempt} (${reason})`);
    this.taskId = taskId;
    this.attempt = attempt;
    this.reason = reason;
  }
}

/** The task was revoked; `reason` is `revoked` or `expired`. */
export class TaskRevokedError extends CeleriacError {
  override readonly name: string = 'TaskRevokedError';
  readonly reason: string;
  constructor(reason: string) {
    super('TASK_REVOKED', reason);
    this.reason = reason;
  }
}

/** The worker died while it ran the task, and the task may not be run again. */
export class WorkerLostError extends CeleriacError {
  override readonly name: string = 'WorkerLostError';
  constructor(message: string) {
    super('WORKER_LOST', message);
  }
}

/** A run was longer than its task's `timeLimit`. Its body had no say, and no retry follows. */
export class TimeLimitExceeded extends CeleriacError {
  override readonly name: string = 'TimeLimitExceeded';
  constructor(message: string) {
    super('TIME_LIMIT_EXCEEDED', message);
  }
}

/** The reason of `self.signal` when a run is longer than its task's `softTimeLimit`. */
export class SoftTimeLimitExceeded extends CeleriacError {
  override readonly name: string = 'SoftTimeLimitExceeded';
  constructor(message: string) {
    super('SOFT_TIME_LIMIT_EXCEEDED', message);
  }
}

/** `self.retry()` without `exc`, and no retries were left. */
export class MaxRetriesExceededError extends CeleriacError {
  override readonly name: string = 'MaxRetriesExceededError';
  constructor(message: string) {
    super('MAX_RETRIES_EXCEEDED', message);
  }
}

/** A failed task's error whose class is neither built in nor registered here. `errorName` is its name over there. */
export class TaskError extends CeleriacError {
  override readonly name: string;
  readonly errorName: string;
  readonly data: unknown;
  constructor(errorName: string, message: string, code: string, data: unknown, because?: Because) {
    super(code, message, because);
    this.name = errorName;
    this.errorName = errorName;
    this.data = data;
  }
}

/** Why the gateway refuses a frame or a connection. */
export type RefusalCode =
  | 'BAD_FRAME'
  | 'BAD_ORIGIN'
  | 'BAD_HOST'
  | 'FRAME_TOO_LARGE'
  | 'PAYLOAD_TOO_LARGE'
  | 'CALL_TOO_LARGE'
  | 'UNSUPPORTED_PROTOCOL'
  | 'UNAUTHENTICATED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED'
  | 'FORBIDDEN'
  | 'ID_CONFLICT'
  | 'QUEUE_FULL'
  | 'QUEUE_NOT_FOUND'
  | 'TOO_MANY_QUEUES'
  | 'TOO_MANY_NAMES'
  | 'BAD_OPTIONS'
  | 'KEY_REQUIRED'
  | 'TOO_MANY_LINKS'
  | 'TASK_NOT_DEFINED'
  | 'TASK_NOT_FOUND'
  | 'WORKER_NOT_FOUND'
  | 'OVERLOADED'
  | 'RATE_LIMITED'
  | 'TOO_MANY_CALLS'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_WATCHES'
  | 'TOO_MANY_STREAMS'
  | 'TOO_MANY_FEEDS'
  | 'TOO_MANY_PAUSES'
  | 'TOO_MANY_REVOCATIONS'
  | 'TOO_MANY_DEFINITIONS'
  | 'TOO_MANY_CONNECTIONS'
  | 'STORAGE_FULL'
  | 'SLOW_READER'
  | 'SHUTTING_DOWN';
