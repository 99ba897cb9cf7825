import {
  type Arity,
  type Duration,
  OptionError,
  parseDuration,
  parseRate,
  type Rate,
  readNames,
  type TaskOptions as WireTaskOptions,
} from '@celeriac/protocol';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ErrorType, KeyFunction, TaskHandlers } from '../hosting.ts';
import { NAME_LENGTH, type SerializerName } from '../values/serializer.ts';
import { type ConcurrencyLimit, readConcurrency, readKeyFunction } from './concurrency.ts';
import {
  checkTimeLimits,
  expected,
  readFlag,
  readInteger,
  readPriority,
  readQueue,
  readText,
} from './option-reading.ts';

const MAX_COUNT = 1_000_000;
const BACKOFF_MS = 1_000;

/**
 * Options of a task; given to an app they hold for all its tasks that do not say otherwise. `null` is as if it had not been said,
 * where it says nothing else.
 */
export interface SharedTaskOptions {
  /**
   * Where its calls wait.
   * @default `'default'`
   */
  readonly queue?: string | null | undefined;
  /**
   * 0 to 9, 9 first.
   * @default 0
   */
  readonly priority?: number | null | undefined;
  /**
   * Retries after failures; `null` is without end.
   * @default 3
   */
  readonly maxRetries?: number | null | undefined;
  /**
   * Wait before a retry that names none: seconds or `'10s'`.
   * @default 3 min
   */
  readonly defaultRetryDelay?: Duration | null | undefined;
  /**
   * Waits grow exponentially from here: `true` is one second.
   * @default false
   */
  readonly retryBackoff?: boolean | Duration | null | undefined;
  /**
   * The longest wait of a backoff.
   * @default 10 min
   */
  readonly retryBackoffMax?: Duration | null | undefined;
  /**
   * Waits of a backoff are random up to their length.
   * @default true
   */
  readonly retryJitter?: boolean | null | undefined;
  /**
   * True: at least once. False: at most once.
   * @default true
   */
  readonly acksLate?: boolean | null | undefined;
  /**
   * Starts that may be lost with their worker before the task fails.
   * @default 3
   */
  readonly maxDeliveries?: number | null | undefined;
  /**
   * Whether STARTED is shown.
   * @default true
   */
  readonly trackStarted?: boolean | null | undefined;
  /**
   * The result is pushed to who watches, and not kept.
   * @default false
   */
  readonly ignoreResult?: boolean | null | undefined;
  /**
   * The error of a FAILURE is kept although the result is ignored.
   * @default false
   */
  readonly storeErrorsEvenIfIgnored?: boolean | null | undefined;
  /**
   * A run that was lost with its worker is tried again (true) or fails at once (false).
   * @default true
   */
  readonly rejectOnWorkerLost?: boolean | null | undefined;
  /**
   * Revoked if it has not started so long after the call; `null` is never.
   * @default never
   */
  readonly expires?: Duration | null | undefined;
  /**
   * A body that runs so long ends as FAILURE `TimeLimitExceeded`: seconds or `'10s'`; 0 is never. Handlers do not count.
   * @default 0
   */
  readonly timeLimit?: Duration | null | undefined;
  /**
   * `self.signal` aborts with `SoftTimeLimitExceeded` after so long, not above `timeLimit`; 0 is never.
   * @default 0
   */
  readonly softTimeLimit?: Duration | null | undefined;
  /**
   * Runs that may begin, over all workers: `'10/s'`, `'100/m'`, `'5/h'`, or a number of them per second. Each task has a
   * rate of its own, also where an app or a route says it for many.
   * @default `null`: no limit
   */
  readonly rateLimit?: Rate | null | undefined;
  /**
   * What writes the arguments of calls, and so their results: `'json'`, `'devalue'`, or a name given to
   * `app.registerSerializer()` before.
   * @default `'json'`
   */
  readonly serializer?: SerializerName | null | undefined;
}

/** The same list, which the compiler takes from the task's function rather than from here. */
type ArgsOf<Args extends readonly unknown[]> = { [Position in keyof Args]: Args[Position] };

/** Options of a task whose arguments are `Args`. */
export interface TaskOptions<Args extends readonly unknown[] = readonly unknown[]>
  extends SharedTaskOptions,
    TaskHandlers {
  /**
   * The function takes `self` first.
   * @default false
   */
  readonly bind?: boolean | undefined;
  /**
   * Errors that are retried without being asked: classes, or names of classes.
   * @default none
   */
  readonly autoretryFor?: readonly (ErrorType | string)[] | undefined;
  /**
   * Exceptions to `autoretryFor`.
   * @default none
   */
  readonly dontAutoretryFor?: readonly (ErrorType | string)[] | undefined;
  /**
   * Expected errors: the task fails, but the worker's log raises no alarm.
   * @default none
   */
  readonly throws?: readonly (ErrorType | string)[] | undefined;
  /**
   * How long its handlers may take, `beforeStart` and those after the body each time: seconds or `'10s'`; 0 is without
   * end.
   * @default the worker's, which is 60 s
   */
  readonly handlerTimeout?: Duration | undefined;
  /**
   * False: the worker does not check the number of arguments.
   * @default true
   */
  readonly typing?: boolean | undefined;
  /**
   * How many arguments it takes, `[min, max]`; `null` is any number.
   * @default the function's own count
   */
  readonly arity?: readonly [min: number, max: number | null] | undefined;
  /**
   * Runs at the same time, over all workers.
   * @default none; per key, where there is a key, 1
   */
  readonly concurrencyLimit?: ConcurrencyLimit | undefined;
  /**
   * What a call goes by in the limit per key, made of its arguments by whoever calls with this definition at hand: 1 to
   * 255 characters. A caller that has only the types gives `concurrencyKey: 'k'` in the options of its call.
   * @default none
   */
  readonly concurrencyKey?: ((...args: ArgsOf<Args>) => string) | undefined;
  /**
   * Any Standard Schema of the whole list of arguments; the worker validates with it.
   * @default none
   */
  readonly args?: StandardSchemaV1<unknown, Args> | undefined;
}

/** What the options of one definition come to. */
export interface ReadTaskOptions {
  readonly wire: WireTaskOptions;
  readonly serializer: string | undefined;
  readonly bind: boolean;
  readonly autoretryFor: readonly (ErrorType | string)[];
  readonly dontAutoretryFor: readonly (ErrorType | string)[];
  readonly throws: readonly (ErrorType | string)[];
  readonly handlers: TaskHandlers;
  readonly handlerTimeoutMs: number | undefined;
  readonly typing: boolean;
  readonly arity: Arity | undefined;
  readonly schema: StandardSchemaV1 | undefined;
  readonly concurrencyKey: KeyFunction | undefined;
}

type Readers<Shape> = { readonly [Name in keyof Required<Shape>]: (value: unknown) => WireTaskOptions };

const SHARED_READERS: Readers<SharedTaskOptions> = {
  queue: (value) => ({ queue: readQueue(value, 'queue') }),
  priority: (value) => ({ priority: readPriority(value, 'priority') }),
  maxRetries: (value) => ({
    maxRetries: value === null ? null : readInteger(value, 'maxRetries', 0, MAX_COUNT),
  }),
  defaultRetryDelay: (value) => ({ retryDelayMs: parseDuration(value, 'defaultRetryDelay') }),
  retryBackoff: (value) => ({ retryBackoffMs: readBackoff(value) }),
  retryBackoffMax: (value) => ({ retryBackoffMaxMs: parseDuration(value, 'retryBackoffMax') }),
  retryJitter: (value) => ({ retryJitter: readFlag(value, 'retryJitter') }),
  acksLate: (value) => ({ acksLate: readFlag(value, 'acksLate') }),
  maxDeliveries: (value) => ({ maxDeliveries: readInteger(value, 'maxDeliveries', 1, MAX_COUNT) }),
  trackStarted: (value) => ({ trackStarted: readFlag(value, 'trackStarted') }),
  ignoreResult: (value) => ({ ignoreResult: readFlag(value, 'ignoreResult') }),
  storeErrorsEvenIfIgnored: (value) => ({
    storeErrorsEvenIfIgnored: readFlag(value, 'storeErrorsEvenIfIgnored'),
  }),
  rejectOnWorkerLost: (value) => ({ rejectOnWorkerLost: readFlag(value, 'rejectOnWorkerLost') }),
  expires: (value) => ({ expiresMs: value === null ? null : parseDuration(value, 'expires') }),
  timeLimit: (value) => ({ timeLimitMs: parseDuration(value, 'timeLimit') }),
  softTimeLimit: (value) => ({ softTimeLimitMs: parseDuration(value, 'softTimeLimit') }),
  rateLimit: (value) => ({ ratePerHour: parseRate(value, 'rateLimit') }),
  // Its work is done when the arguments are written: the payload says what wrote it.
  serializer: () => ({}),
};

const SHARED_READER_OF: ReadonlyMap<string, (value: unknown) => WireTaskOptions> = new Map(
  Object.entries(SHARED_READERS),
);
export const SHARED_NAMES: readonly string[] = Object.keys(SHARED_READERS);
/** To which `null` says something: without end, without a limit, never. */
export const NULLABLE: ReadonlySet<string> = new Set([
  'maxRetries',
  'rateLimit',
  'expires',
  'concurrencyLimit',
]);
const HANDLER_NAMES = ['beforeStart', 'onSuccess', 'onFailure', 'onRetry', 'afterReturn'] as const;
const OWN_NAMES = [
  'bind',
  'autoretryFor',
  'dontAutoretryFor',
  'throws',
  'handlerTimeout',
  'typing',
  'arity',
  'args',
  'concurrencyLimit',
  'concurrencyKey',
];
const TASK_NAMES: readonly string[] = [...SHARED_NAMES, ...OWN_NAMES, ...HANDLER_NAMES];

/** Names that are not shared ones are passed over. @throws OptionError */
export function readSharedOptions(options: ReadonlyMap<string, unknown>): WireTaskOptions {
  let wire: WireTaskOptions = {};
  for (const [name, value] of options) wire = { ...wire, ...SHARED_READER_OF.get(name)?.(value) };
  checkTimeLimits(wire);
  return wire;
}

/** Whether there is one of that name is known where calls are written. @throws OptionError for what cannot be a name */
export function readSerializerName(value: unknown): string | undefined {
  return value === undefined ? undefined : readText(value, 'serializer', NAME_LENGTH);
}

/** @throws UsageError, OptionError */
export function readTaskOptions(given: unknown, where: string): ReadTaskOptions {
  const options = readNames(given, TASK_NAMES, where, NULLABLE);
  const concurrencyKey = readKeyFunction(options.get('concurrencyKey'));
  const concurrency = readConcurrency(options.get('concurrencyLimit'), concurrencyKey !== undefined);
  return {
    wire: { ...readSharedOptions(options), ...concurrency },
    concurrencyKey,
    serializer: readSerializerName(options.get('serializer')),
    bind: readFlag(options.get('bind') ?? false, 'bind'),
    autoretryFor: readErrors(options, 'autoretryFor'),
    dontAutoretryFor: readErrors(options, 'dontAutoretryFor'),
    throws: readErrors(options, 'throws'),
    handlers: readHandlers(options),
    handlerTimeoutMs: options.has('handlerTimeout')
      ? parseDuration(options.get('handlerTimeout'), 'handlerTimeout')
      : undefined,
    typing: readFlag(options.get('typing') ?? true, 'typing'),
    arity: options.has('arity') ? readArity(options.get('arity')) : undefined,
    schema: options.has('args') ? readSchema(options.get('args')) : undefined,
  };
}

function readBackoff(value: unknown): number {
  if (typeof value === 'boolean') return value ? BACKOFF_MS : 0;
  return parseDuration(value, 'retryBackoff');
}

function readErrors(options: ReadonlyMap<string, unknown>, name: string): readonly (ErrorType | string)[] {
  const value = options.get(name) ?? [];
  if (Array.isArray(value) && value.every(isErrorName)) return value;
  throw expected(name, 'an array of error classes or their names', value);
}

function readHandlers(options: ReadonlyMap<string, unknown>): TaskHandlers {
  const handlers: [string, unknown][] = [];
  for (const name of HANDLER_NAMES) {
    const handler = options.get(name);
    if (handler === undefined) continue;
    if (typeof handler !== 'function') throw expected(name, 'a function', handler);
    handlers.push([name, handler]);
  }
  return Object.fromEntries(handlers);
}

function isErrorName(value: unknown): value is ErrorType | string {
  return typeof value === 'function' || (typeof value === 'string' && value.length > 0);
}

function readArity(value: unknown): Arity {
  if (!Array.isArray(value) || value.length !== 2) throw expected('arity', '[min, max]', value);
  const [first, last]: readonly unknown[] = value;
  const min = readInteger(first, 'arity', 0, MAX_COUNT);
  const max =
    last === null || last === Number.POSITIVE_INFINITY ? null : readInteger(last, 'arity', 0, MAX_COUNT);
  if (max !== null && max < min)
    throw new OptionError('arity', `expected arity [min, max] in order, got: [${min}, ${max}]`);
  return { min, max };
}

function readSchema(value: unknown): StandardSchemaV1 {
  if (isSchema(value)) return value;
  throw expected('args', 'a Standard Schema of the list of arguments', value);
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}
