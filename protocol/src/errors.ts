/**
 * Every error that Celeriac itself makes, in one file.
 *
 * Each has a literal `code`, which is what travels and what code should match on; facts are readonly
 * fields. The message says what was expected, what came, and which name.
 */

import { conflictText } from './call-difference.ts';
import type { Lack, Waiting } from './state.ts';

/** Why the gateway refuses a call, a frame or a connection; some a client or worker says to itself. */
export const REFUSAL_CODES = [
  'BACKUP_FAILED',
  'BACKUP_REFUSED',
  'BAD_FRAME',
  'BAD_HOST',
  'BAD_OPTIONS',
  'BAD_ORIGIN',
  'CALL_TOO_LARGE',
  'ENGINE_FAILED',
  'FORBIDDEN',
  'FRAME_TOO_LARGE',
  'ID_CONFLICT',
  'KEY_REQUIRED',
  'NAME_TAKEN',
  'OUTBOX_FULL',
  'OVERLOADED',
  'PAYLOAD_TOO_LARGE',
  'QUEUE_FULL',
  'QUEUE_NOT_FOUND',
  'RATE_LIMITED',
  /** In the place of a code that only a newer gateway knows. */
  'REFUSED',
  'REPLACED',
  'SHUTTING_DOWN',
  'SLOW_READER',
  'STORAGE_FULL',
  'TASK_NOT_DEFINED',
  'TASK_NOT_FOUND',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'TOO_MANY_CALLS',
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_DEFINITIONS',
  'TOO_MANY_FEEDS',
  'TOO_MANY_LINKS',
  'TOO_MANY_NAMES',
  'TOO_MANY_PAUSES',
  'TOO_MANY_QUEUES',
  'TOO_MANY_REVOCATIONS',
  'TOO_MANY_STREAMS',
  'TOO_MANY_WATCHES',
  'UNAUTHENTICATED',
  'UNSUPPORTED_PROTOCOL',
  'WORKER_NOT_FOUND',
] as const;

/** Why the gateway refuses something: the `code` of a {@link RefusedError}. */
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Those that Celeriac makes, by their classes. What stands for an error of a task's own, a {@link TaskError}, is none of them. */
export type AnyCeleriacError =
  | UsageError
  | OptionError
  | PayloadError
  | TimeoutError
  | UnknownTaskError
  | ResultGoneError
  | NotAcceptedError
  | GatewayUnreachableError
  | IdConflictError
  | QueueNotFound
  | KeyRequiredError
  | RefusedError
  | ClosedError
  | StreamFullError
  | StreamGapError
  | StreamRestartedError
  | TaskRevokedError
  | WorkerLostError
  | TimeLimitExceeded
  | SoftTimeLimitExceeded
  | MaxRetriesExceededError
  | (CeleriacError & {
      /** Of those that have no class of their own here: of a connection, a frame, a store, a worker and its pool, its task files. */
      readonly code:
        | 'BAD_FRAME'
        | 'CHILDREN_BROKEN'
        | 'CONNECTION_LOST'
        | 'CONNECT_FAILED'
        | 'ENGINE_FAILED'
        | 'LEASE_LOST'
        | 'NO_TOKEN'
        | 'PAYLOAD_TOO_LARGE'
        | 'TASK_FILE'
        | 'WORKER_SHUTDOWN';
    });

/** The `code` of an error that Celeriac makes. */
export type ErrorCode = AnyCeleriacError['code'];

/** The error, or errors, of a code. */
export type CeleriacErrorOf<Code extends ErrorCode, Each = AnyCeleriacError> = Each extends {
  readonly code: infer Its;
}
  ? [Extract<Its, Code>] extends [never]
    ? never
    : [Its] extends [Code]
      ? Each
      : Each & { readonly code: Extract<Its, Code> }
  : never;

/** Says of an error whether Celeriac has made it; the same in each copy of the package, and in each realm. */
const BRAND: unique symbol = Symbol.for('celeriac.error');

/**
 * Whether Celeriac itself has made this error, with this code where one is given. By a brand, not by its class: errors of another
 * copy of the package and of another realm count, and an error of yours that has the same code does not, however it came here (as
 * a {@link TaskError}, say). Never throws, whatever it is given.
 *
 * @example
 * try {
 *   await res.get({ timeout: 10 });
 * } catch (error) {
 *   if (isCeleriacError(error, 'TIMEOUT')) show(error.waiting);
 *   else if (isCeleriacError(error)) switch (error.code) { case 'TASK_REVOKED': … }
 *   else throw error;                       // the task's own
 * }
 */
export function isCeleriacError(error: unknown): error is AnyCeleriacError;
export function isCeleriacError<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is CeleriacErrorOf<Code>;
export function isCeleriacError(error: unknown, code?: string): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    const its: unknown = Reflect.get(error, 'code');
    return (
      Reflect.get(error, BRAND) === true && (code === undefined ? typeof its === 'string' : its === code)
    );
  } catch {
    // It throws when it is looked at: it is none of ours.
    return false;
  }
}

/** The class of all errors that Celeriac makes; {@link isCeleriacError} also knows those of another copy of the package. */
export class CeleriacError extends Error {
  override readonly name: string = 'CeleriacError';
  /** What to match on: it says the same in each version, which the message need not. */
  readonly code: string;
  constructor(code: ErrorCode, message: string, because: ErrorOptions = {}) {
    super(message, because);
    this.code = code;
  }

  get [BRAND](): boolean {
    return true;
  }
}

/** A task name, an argument or a method of ours was misused; thrown where the caller stands. */
export class UsageError extends CeleriacError {
  override readonly name: string = 'UsageError';
  declare readonly code: 'USAGE';
  constructor(message: string, because?: ErrorOptions) {
    super('USAGE', message, because);
  }
}

/** An option has an unknown name or an impossible value; thrown at the call or definition. */
export class OptionError extends CeleriacError {
  override readonly name: string = 'OptionError';
  declare readonly code: 'BAD_OPTION';
  /** Its name. */
  readonly option: string;
  constructor(option: string, message: string) {
    super('BAD_OPTION', message);
    this.option = option;
  }
}

/** A value cannot be written or read by its serializer, or is too large. */
export class PayloadError extends CeleriacError {
  override readonly name: string = 'PayloadError';
  declare readonly code: 'BAD_PAYLOAD';
  constructor(message: string, because?: ErrorOptions) {
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
 * The call was not accepted: refused by the gateway (the RefusedError that says why is the `cause`), or not confirmed within
 * `acceptTimeout`.
 */
export class NotAcceptedError extends CeleriacError {
  override readonly name: string = 'NotAcceptedError';
  declare readonly code: 'NOT_ACCEPTED';
  /** The call's own id. */
  readonly taskId: string;
  /** Whether it was accepted is unknown: it was sent, and no receipt came. */
  readonly indeterminate: boolean;
  constructor(taskId: string, indeterminate: boolean, message: string, because?: ErrorOptions) {
    super('NOT_ACCEPTED', message, because);
    this.taskId = taskId;
    this.indeterminate = indeterminate;
  }
}

/** The gateway has been unreachable for `giveUpAfter`. A task that it had accepted may well have ended. */
export class GatewayUnreachableError extends CeleriacError {
  override readonly name: string = 'GatewayUnreachableError';
  declare readonly code: 'GATEWAY_UNREACHABLE';
  /** `null` where the question was about no task. */
  readonly taskId: string | null;
  constructor(taskId: string | null, afterMs: number, because?: ErrorOptions) {
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
  declare readonly code: 'ID_CONFLICT';
  /** The id that is taken. */
  readonly taskId: string;
  /** @param message says what differs, where that may be told */
  constructor(taskId: string, message: string = conflictText(taskId)) {
    super('ID_CONFLICT', message);
    this.taskId = taskId;
  }
}

/** The gateway does not create queues by name, and there is none of this name. */
export class QueueNotFound extends CeleriacError {
  override readonly name: string = 'QueueNotFound';
  declare readonly code: 'QUEUE_NOT_FOUND';
  constructor(message: string) {
    super('QUEUE_NOT_FOUND', message);
  }
}

/** The task runs only so often at a time for each key, and the call has no `concurrencyKey`. */
export class KeyRequiredError extends CeleriacError {
  override readonly name: string = 'KeyRequiredError';
  declare readonly code: 'KEY_REQUIRED';
  constructor(message: string) {
    super('KEY_REQUIRED', message);
  }
}

/** The gateway refused a request, or this process did for it. */
export class RefusedError extends CeleriacError {
  override readonly name: string = 'RefusedError';
  declare readonly code: RefusalCode;
  /** When it makes sense to ask again, in milliseconds; `null` when it does not. */
  readonly retryAfterMs: number | null;
  constructor(code: RefusalCode, message: string, retryAfterMs: number | null = null) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }

  /** What a gateway said, which may be a newer one: a code that is not known here becomes `'REFUSED'`, and stands in the message. */
  static of(said: {
    readonly code: string;
    readonly message: string;
    readonly retryAfterMs?: number | null | undefined;
  }): RefusedError {
    const code = REFUSAL_CODES.find((known) => known === said.code);
    const message = code === undefined ? `${said.code}: ${said.message}` : said.message;
    return new RefusedError(code ?? 'REFUSED', message, said.retryAfterMs);
  }
}

/** The app or connection was closed while something still waited. */
export class ClosedError extends CeleriacError {
  override readonly name: string = 'ClosedError';
  declare readonly code: 'CLOSED';
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
  declare readonly code: 'STREAM_FULL';
  constructor(message: string) {
    super('STREAM_FULL', message);
  }
}

/** Chunks of a stream are not kept any more, and the reader has no `onGap`. */
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

/** A run was longer than its task's `timeLimit`. Its body had no say, and no retry follows. */
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
 * A failed task's error whose class is neither built in nor registered here (`app.registerError()`). It is the task's, not
 * Celeriac's: its `code` is what the task gave it, `'TASK_ERROR'` where it gave none, and {@link isCeleriacError} says no.
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
