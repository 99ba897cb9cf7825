/** What a task is, as its definition says and as every end understands it. Durations are milliseconds here. */
import type { WirePayload } from './payload.ts';

/** Options that a task's definition, a route, or the app gives. Absent means "the next in line decides". */
export interface WireTaskOptions {
  readonly queue?: string;
  /** 0 to 9, 9 first. */
  readonly priority?: number;
  /** Failures that are tried again; `null` is without end. */
  readonly maxRetries?: number | null;
  /** Wait before a retry that names none itself. */
  readonly retryDelayMs?: number;
  /** First wait of an exponential backoff; 0 is none. */
  readonly retryBackoffMs?: number;
  readonly retryBackoffMaxMs?: number;
  readonly retryJitter?: boolean;
  /** Taken from the queue when it ends (true) or when it starts (false: at most once). */
  readonly acksLate?: boolean;
  /** Starts that may be lost with their worker before the task is given up. */
  readonly maxDeliveries?: number;
  readonly trackStarted?: boolean;
  readonly ignoreResult?: boolean;
  /** The error of a FAILURE is kept although the result is ignored. */
  readonly storeErrorsEvenIfIgnored?: boolean;
  /** True: a run that was lost with its worker is repeated. False: the task fails at once. */
  readonly rejectOnWorkerLost?: boolean;
  /** `null` is never. */
  readonly expiresMs?: number | null;
  /** A run ends as FAILURE `TimeLimitExceeded` after this long. */
  readonly timeLimitMs?: number;
  /** A run is asked to stop, by its signal, after this long; never above `timeLimitMs`. */
  readonly softTimeLimitMs?: number;
  /** Runs that may begin, over all workers; `null` is no limit. */
  readonly ratePerHour?: number | null;
  /** Runs at the same time, over all workers; `null` is no limit. */
  readonly taskLimit?: number | null;
  /** Runs at the same time for each key. There is one only where a call needs a key. */
  readonly keyLimit?: number;
}

/** Options with nothing left open; what a task runs under. */
export type ResolvedOptions = Required<Omit<WireTaskOptions, OpenOption>> & Pick<WireTaskOptions, OpenOption>;
type OpenOption = 'expiresMs' | 'timeLimitMs' | 'softTimeLimitMs' | 'ratePerHour' | 'taskLimit' | 'keyLimit';

/**
 * The defaults. Retry numbers and `priority` order are Celery's (its docs,
 * "Tasks"); `acksLate` is on because losing work by default is the trap users report most;
 * `maxDeliveries` is ours: BullMQ allows 1 stall, which fails healthy tasks, RabbitMQ 20.
 */
export const DEFAULT_OPTIONS: ResolvedOptions = {
  queue: 'default',
  priority: 0,
  maxRetries: 3,
  retryDelayMs: 180_000,
  retryBackoffMs: 0,
  retryBackoffMaxMs: 600_000,
  retryJitter: true,
  acksLate: true,
  maxDeliveries: 3,
  trackStarted: true,
  ignoreResult: false,
  storeErrorsEvenIfIgnored: false,
  rejectOnWorkerLost: true,
};

/** How many arguments a task takes; `max: null` is any number. */
export interface Arity {
  /** At least so many. */
  readonly min: number;
  /** At most so many; `null` is no limit. */
  readonly max: number | null;
}

/** What a worker advertises and the gateway keeps: the newest per name. */
export interface Definition {
  readonly name: string;
  readonly options: WireTaskOptions;
  readonly arity: Arity | null;
  /** Parameter names for monitors, where the source shows them. */
  readonly params: readonly string[] | null;
  /** Options of the worker's app, below everything else; the gateway adds them to what it keeps. */
  readonly app?: WireTaskOptions;
}

/** What the caller of one task asks for. Kept as given: the content hash covers it. */
export interface CallOptions {
  readonly queue?: string;
  readonly countdownMs?: number;
  /** Wall time in milliseconds. */
  readonly etaAt?: number;
  /** `null` is never, whatever the task's definition says. */
  readonly expiresMs?: number | null;
  readonly expiresAt?: number;
  readonly priority?: number;
  readonly ignoreResult?: boolean;
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
  /** The caller's own facts, as JSON; `self.request.headers`. */
  readonly headers?: string;
  /** A name for logs and monitors instead of the task's. */
  readonly shadow?: string;
  /** What logs and monitors may show of the arguments. */
  readonly argsRepr?: string;
  /** Of calls of one task with one key only a limited number run at a time; made of the arguments where the definition is. */
  readonly concurrencyKey?: string;
  /** Called after a SUCCESS, with the result first unless immutable. */
  readonly link?: readonly LinkedCall[];
  /** Called after a FAILURE, with the task's id and its error first unless immutable. */
  readonly linkError?: readonly LinkedCall[];
}

/** A call that waits for another task to end. Its id is the caller's, so that it is one task however often it is made. */
export interface LinkedCall {
  readonly id: string;
  readonly name: string;
  readonly args: WirePayload;
  /** Takes nothing from the task before it. */
  readonly immutable: boolean;
  readonly options: CallOptions | null;
}
