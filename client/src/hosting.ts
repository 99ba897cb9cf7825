/**
 * What a worker sees of a task, and what task code sees of a worker.
 *
 * Both sides may come from different installed copies of the packages, so nothing here is recognised by
 * `instanceof`: control-flow throws carry {@link SIGNAL}, and the running
 * task is found in a slot on the global object that whoever runs it fills, as is the loader of its task files.
 */
import type { Definition, WirePayload } from '@celeriac/protocol/internal';

/**
 * The brand of what task code throws to end in another way than by failing.
 * @internal
 */
export const SIGNAL: unique symbol = Symbol.for('celeriac.signal');
/**
 * Where the running task is found.
 * @internal
 */
export const CURRENT_TASK: unique symbol = Symbol.for('celeriac.current-task');
/**
 * On a running task's `self`: what the client tells the worker about calls made inside it.
 * @internal
 */
export const INSIDE: unique symbol = Symbol.for('celeriac.inside');

/**
 * While a worker loads its task files: what is waited for meanwhile.
 * @internal
 */
export const LOADING: unique symbol = Symbol.for('celeriac.loading');

/** A string, or a function that is called on each connect and before a token expires. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>);

/** @internal */
export interface HostedTask {
  readonly definition: Definition;
  /** Whether the function takes `self` first. */
  readonly bind: boolean;
  readonly run: (...args: never[]) => unknown;
  /** False: the argument count is not checked. */
  readonly typing: boolean;
  /** The stack of the place of `app.task(…)`; the traceback of an argument error. */
  readonly definedAt: string;
  /** Error classes or names that are retried without being asked. */
  readonly autoretryFor: readonly (ErrorType | string)[];
  /** Exceptions to that. */
  readonly dontAutoretryFor: readonly (ErrorType | string)[];
  /** Expected errors: still a failure, but not logged as an error by the worker. */
  readonly throws: readonly (ErrorType | string)[];
  readonly handlers: TaskHandlers;
  /** How long they may take; absent leaves it to the worker, 0 is without end. */
  readonly handlerTimeoutMs?: number | undefined;
  /** Those of its app. */
  readonly serializers: HostedSerializers;
  /** What calls of it are written with where they do not say; `undefined` leaves it to the app. */
  readonly serializer: string | undefined;
  /** What calls of it go by in its limit per key; absent where it has none. */
  readonly concurrencyKey?: KeyFunction | undefined;
}

/**
 * Makes the key of a call of its arguments; what it gives is looked at where it is used.
 * @internal
 */
export type KeyFunction = (...args: readonly unknown[]) => unknown;

/**
 * What reads a task's arguments and writes what it gives.
 * @internal
 */
export interface HostedSerializers {
  /**
   * Writes a value as another payload was written: results come as the arguments came.
   * @param what names the value in errors: "result of add"
   * @throws PayloadError when that serializer is not here, or cannot write the value
   */
  encodeLike(like: WirePayload, value: unknown, what: string): WirePayload;
  /** @throws PayloadError when what wrote the payload is not here, or the body is not what its content type says */
  decode(wire: WirePayload, what: string): unknown;
}

/**
 * Called in the worker around the body, in this order: beforeStart → body → onSuccess, onFailure or onRetry →
 * afterReturn (not after a retry). Those after the body are called when its outcome is recorded, and `get()` does not
 * wait for them; nor do time limits count any of them. A handler that throws, or takes longer than `handlerTimeout`, is
 * logged and changes nothing.
 */
export interface TaskHandlers {
  /** Before each attempt; if it throws, that is logged, and the body runs all the same. */
  readonly beforeStart?: (self: TaskSelf) => unknown;
  /** The body has returned, and that is recorded. */
  readonly onSuccess?: (self: TaskSelf, result: unknown) => unknown;
  /** The task ends as FAILURE; not for a failure that is tried again. */
  readonly onFailure?: (self: TaskSelf, error: unknown) => unknown;
  /** This attempt has failed, and there will be another one. */
  readonly onRetry?: (self: TaskSelf, error: unknown) => unknown;
  /** After {@link onSuccess} or {@link onFailure}, with the value or the error. */
  readonly afterReturn?: (self: TaskSelf, state: 'SUCCESS' | 'FAILURE', value: unknown) => unknown;
}

/**
 * What only client and worker see of a running task; found under `self[INSIDE]`.
 * @internal
 */
export interface InsideTask {
  /** The first task of this one's family: its own id where it was not called from a task. */
  readonly rootId: string;
  /** A call was made inside: it becomes a child. At most {@link CHILDREN} are remembered, the last of them as a sign that there were more. */
  called(id: string): void;
  /**
   * The body waits for another task: its slot is lent to others, so that waiting cannot starve what is waited for. Several waits at
   * the same time lend it once.
   * @returns how to take the slot back when the wait is over
   */
  wait(): () => void;
}

/** A class of errors; only ever compared with `instanceof`, so its parameters do not matter. */
export type ErrorType = abstract new (...args: never[]) => Error;

/**
 * How task code ends other than by returning or failing; thrown by `self.retry()`, `new Ignore()`, `new Reject()`.
 * @internal
 */
export type TaskSignal =
  | {
      readonly kind: 'retry';
      /** What fails the task when no retries are left; also what RETRY shows. */
      readonly exc: unknown;
      readonly countdownMs: number | null;
      /** Overrides the task's limit once; `undefined` leaves it, `null` is without end. */
      readonly maxRetries: number | null | undefined;
      readonly args?: readonly unknown[] | undefined;
    }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'reject'; readonly reason: unknown; readonly requeue: boolean };

/**
 * `self`, the first parameter of a bound task, and what `currentTask()` returns. A task that gives chunks by `emit` says
 * of what type by its first parameter: `(self: TaskSelf<string>, …) => …`.
 */
export interface TaskSelf<Chunk = unknown> {
  /** Its name, as it was defined. */
  readonly name: string;
  /** What this run was called with, and which one it is. */
  readonly request: TaskRequest;
  /**
   * Aborts when the task is revoked, its soft time limit is over, its lease is lost, or the worker stops without waiting for
   * it. A handler after the body has another signal, which aborts when `handlerTimeout` is over or the worker stops without
   * waiting for it.
   */
  readonly signal: AbortSignal;
  /**
   * Shows a custom state and its meta until the body ends.
   * @throws UsageError for one of Celery's own states, PayloadError for a meta that cannot be written
   * @example self.updateState({ state: 'PROGRESS', meta: { done: 3, of: 10 } });
   */
  updateState(update: { readonly state: string; readonly meta?: unknown }): void;
  /**
   * Sends a chunk to the readers of this task's stream. Resolves when there is space for more: await each one.
   * @throws PayloadError for a chunk that cannot be written, StreamFullError if the body does not await, and the signal's
   * reason if the body was stopped
   * @example for await (const line of lines) await self.emit(line);
   */
  emit(chunk: Chunk): Promise<void>;
  /** A line in the worker's log, with the task's id and name; of a call that runs here on the console. */
  readonly log: TaskLog;
  /**
   * Ends this attempt and asks for another one. Never returns. In a direct call it throws the error with which the task would
   * fail in the end.
   * @throws Retry, which the body lets pass; OptionError for a bad option
   * @example if (answer.status === 503) self.retry({ countdown: '10s' });
   */
  retry(options?: RetryOptions): never;
}

/** Writes lines into the log of the worker that runs the task; `facts` become fields of the line. */
export interface TaskLog {
  /**
   * For information.
   * @example self.log.info('read', { rows: rows.length });
   */
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /**
   * Something is unusual; the task continues.
   * @example self.log.warn('no thumbnail', { file });
   */
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /**
   * Something is wrong.
   * @example self.log.error('cannot read', { file, error });
   */
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** What `self.retry()` and `new Retry()` take. */
export interface RetryOptions {
  /**
   * The error: RETRY shows it, and the task fails with it when no retries are left.
   * @default none; the task then fails with MaxRetriesExceededError
   */
  readonly exc?: unknown;
  /**
   * How long to wait before the retry: seconds or `'10s'`.
   * @default the task's `defaultRetryDelay` or backoff
   */
  readonly countdown?: number | string | null | undefined;
  /**
   * When to try again, instead of `countdown`.
   * @default none
   */
  readonly eta?: Date | null | undefined;
  /**
   * For this decision only; `null` is no limit.
   * @default the task's
   */
  readonly maxRetries?: number | null | undefined;
  /**
   * Arguments of the next run instead of the present ones.
   * @default the present ones
   */
  readonly args?: readonly unknown[] | null | undefined;
}

/** One run of a task, as its body sees it in `self.request`. */
export interface TaskRequest {
  /** The call's own; the same in each attempt. */
  readonly id: string;
  /** The first call of its chain of calls; its own id if it was not called by a task. */
  readonly rootId: string;
  /** The task that called it; `null` if none did. */
  readonly parentId: string | null;
  /** As the caller gave them. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** What it is called with. */
  readonly args: readonly unknown[];
  /** From 1; counts each time it was handed to a worker. */
  readonly attempt: number;
  /** How often it was tried again after a failure. */
  readonly retries: number;
  /** How often it may be retried; `null` is no limit. */
  readonly maxRetries: number | null;
  /** Where it waited. */
  readonly queue: string;
  /** From 0 to 9, the highest. */
  readonly priority: number;
  /** It does not start before this time; `null` is at once. */
  readonly eta: Date | null;
  /** It does not start after this time; `null` is never. */
  readonly expires: Date | null;
  /** Seconds; `null` is no limit. */
  readonly timeLimit: number | null;
  /** Seconds; `null` is no limit. */
  readonly softTimeLimit: number | null;
  /** The worker's name. */
  readonly worker: string;
  /**
   * Whether this is a repeated delivery that is not a retry, as in AMQP: it was given back, lost with its worker, or rejected with
   * `requeue`. `false` on the first delivery after its call, and after each retry.
   */
  readonly redelivered: boolean;
  /** Whether the function was called here, and not sent. */
  readonly calledDirectly: boolean;
}

/**
 * The slot: set by a worker while it loads task files. Called with what is waited for. @returns how to tell that it has come
 * @internal
 */
export type LoadingSlot = { [LOADING]?: ((what: string) => () => void) | undefined };

/**
 * The slot: set by whoever runs tasks, read by `currentTask()`.
 * @internal
 */
export type CurrentTaskSlot = { [CURRENT_TASK]?: () => TaskSelf | undefined };

/**
 * @returns the signal that a thrown value carries, or `undefined` for an ordinary error
 * @internal
 */
export function taskSignal(thrown: unknown): TaskSignal | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    const signal: unknown = Reflect.get(thrown, SIGNAL);
    return isSignal(signal) ? signal : undefined;
  } catch {
    // It throws when it is looked at: it is no signal of ours.
    return undefined;
  }
}

function isSignal(signal: unknown): signal is TaskSignal {
  if (typeof signal !== 'object' || signal === null || !('kind' in signal)) return false;
  return signal.kind === 'retry' || signal.kind === 'ignore' || signal.kind === 'reject';
}
