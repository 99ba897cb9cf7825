/** What becomes of a task that was accepted: how it ends, and what its readers are told. */
import type { Lack, Waiting } from '../state.ts';
import { BRAND, CeleriacError } from './celeriac-error.ts';
import type { ErrorCode } from './codes.ts';

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
  declare readonly code: 'TIMEOUT';
  /** The task that was waited for. */
  readonly taskId: string;
  /** False: the gateway has said that it has no such task. Its UnknownTaskError is the `cause`. */
  readonly known: boolean;
  /** As in the task's snapshot. `null` as well where it was not known here. */
  readonly waiting: Waiting | null;
  /** As in the task's snapshot. `null` as well where it was not known here. */
  readonly lacks: Lack | null;
  /** @internal */
  constructor(taskId: string, timeoutMs: number, known = true, { waiting, lacks, text }: WaitedFor = {}) {
    const within = `within ${timeoutMs / 1000} s`;
    const why = text === undefined ? '' : `: ${text}`;
    super(
      'TIMEOUT',
      known
        ? `task ${taskId} did not end ${within}${why}`
        : `no task has the id ${taskId}, and none came ${within}: does it belong to another gateway, or was it forgotten?`,
      known ? {} : { cause: new UnknownTaskError(taskId) },
    );
    this.taskId = taskId;
    this.known = known;
    this.waiting = waiting ?? null;
    this.lacks = lacks ?? null;
  }
}

/** The gateway does not know this id. */
export class UnknownTaskError extends CeleriacError {
  override readonly name: string = 'UnknownTaskError';
  declare readonly code: 'UNKNOWN_TASK';
  /** The id that was asked for. */
  readonly taskId: string;
  /** This client had it accepted by an earlier store, which is gone (a gateway on the memory engine was restarted). */
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
  declare readonly code: 'RESULT_GONE';
  /** The task that ended. */
  readonly taskId: string;
  /** How it ended. */
  readonly state: string;
  constructor(taskId: string, state: string) {
    super('RESULT_GONE', `task ${taskId} ended as ${state}, and its result is no longer kept`);
    this.taskId = taskId;
    this.state = state;
  }
}

/**
 * The task emitted more chunks without waiting than there is room for. Thrown by `emit` in the body; never if each `emit` is
 * awaited.
 */
export class StreamFullError extends CeleriacError {
  override readonly name: string = 'StreamFullError';
  declare readonly code: 'STREAM_FULL';
  constructor(message: string) {
    super('STREAM_FULL', message);
  }
}

/** Chunks of a stream are no longer kept, and the reader has no `onGap`. */
export class StreamGapError extends CeleriacError {
  override readonly name: string = 'StreamGapError';
  declare readonly code: 'STREAM_GAP';
  /** The task whose stream it is. */
  readonly taskId: string;
  /** How many. */
  readonly missed: number;
  /** The first of them, counted from 0. */
  readonly from: number;
  constructor(taskId: string, missed: number, from: number) {
    super('STREAM_GAP', `${missed} chunks of task ${taskId}, from ${from} on, are no longer kept`);
    this.taskId = taskId;
    this.missed = missed;
    this.from = from;
  }
}

/** The task began another attempt while its stream was read, and the reader has no `onRestart`. */
export class StreamRestartedError extends CeleriacError {
  override readonly name: string = 'StreamRestartedError';
  declare readonly code: 'STREAM_RESTARTED';
  /** The task whose stream it is. */
  readonly taskId: string;
  /** The new one. */
  readonly attempt: number;
  /** Why the attempt before did not end the task: `retry`, `worker-lost`, … */
  readonly reason: string;
  constructor(taskId: string, attempt: number, reason: string) {
    super(
      'STREAM_RESTARTED',
      `the stream of task ${taskId} started over with attempt ${attempt} (${reason})`,
    );
    this.taskId = taskId;
    this.attempt = attempt;
    this.reason = reason;
  }
}

/** The task was revoked. */
export class TaskRevokedError extends CeleriacError {
  override readonly name: string = 'TaskRevokedError';
  declare readonly code: 'TASK_REVOKED';
  /** `revoked` or `expired`. */
  readonly reason: string;
  constructor(reason: string) {
    super('TASK_REVOKED', reason);
    this.reason = reason;
  }
}

/** The worker died while it ran the task, and the task may not be run again. */
export class WorkerLostError extends CeleriacError {
  override readonly name: string = 'WorkerLostError';
  declare readonly code: 'WORKER_LOST';
  constructor(message: string) {
    super('WORKER_LOST', message);
  }
}

/** A run was longer than its task's `timeLimit`. The body cannot catch this, and no retry follows. */
export class TimeLimitExceeded extends CeleriacError {
  override readonly name: string = 'TimeLimitExceeded';
  declare readonly code: 'TIME_LIMIT_EXCEEDED';
  constructor(message: string) {
    super('TIME_LIMIT_EXCEEDED', message);
  }
}

/** The reason of `self.signal` when a run is longer than its task's `softTimeLimit`. */
export class SoftTimeLimitExceeded extends CeleriacError {
  override readonly name: string = 'SoftTimeLimitExceeded';
  declare readonly code: 'SOFT_TIME_LIMIT_EXCEEDED';
  constructor(message: string) {
    super('SOFT_TIME_LIMIT_EXCEEDED', message);
  }
}

/** `self.retry()` without `exc`, and no retries were left. */
export class MaxRetriesExceededError extends CeleriacError {
  override readonly name: string = 'MaxRetriesExceededError';
  declare readonly code: 'MAX_RETRIES_EXCEEDED';
  constructor(message: string) {
    super('MAX_RETRIES_EXCEEDED', message);
  }
}

/**
 * A failed task's error whose class is neither built in nor registered here (`app.registerError()`). It belongs to the task,
 * not to Celeriac: its `code` is the code of the task's error, else `'TASK_ERROR'`, and {@link isCeleriacError} is false for
 * it.
 */
export class TaskError extends CeleriacError {
  override readonly name: string;
  /** The name of its class over there. */
  readonly errorName: string;
  /** What it carries besides: see docs/values.md. */
  readonly data: unknown;
  constructor(errorName: string, message: string, code: string, data: unknown, because?: ErrorOptions) {
    // What the task called it may be no code of ours.
    super(code as ErrorCode, message, because);
    this.name = errorName;
    this.errorName = errorName;
    this.data = data;
  }

  override get [BRAND](): boolean {
    return false;
  }
}
