import type { Duration, Rate } from '@celeriac/protocol';
import { MAX_COUNT, option, withoutUndefined } from '@celeriac/protocol/calling';
import type { OptionReader, OptionsRead, WireTaskOptions } from '@celeriac/protocol/internal';
import { checkTimeLimits, RUN, type RunOptions } from './run-options.ts';

const BACKOFF_MS = 1_000;

/**
 * Options of a task. Given to an app, they apply to all its tasks that do not set them. `null` is as if the option was not
 * given, unless it has a meaning of its own.
 */
export interface SharedTaskOptions extends RunOptions {
  /**
   * Retries after failures; `null` is no limit.
   * @default 3
   */
  readonly maxRetries?: number | null | undefined;
  /**
   * The wait before a retry, unless the retry names one: seconds or `'10s'`.
   * @default 3 min
   */
  readonly defaultRetryDelay?: Duration | null | undefined;
  /**
   * Waits grow exponentially from here: seconds or `'10s'`; `true` is one second.
   * @default false
   */
  readonly retryBackoff?: boolean | Duration | null | undefined;
  /**
   * The longest wait of a backoff: seconds or `'10m'`.
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
   * How many runs may be lost with their worker before the task fails.
   * @default 3
   */
  readonly maxDeliveries?: number | null | undefined;
  /**
   * Whether STARTED is shown.
   * @default true
   */
  readonly trackStarted?: boolean | null | undefined;
  /**
   * The error of a FAILURE is kept although the result is ignored.
   * @default false
   */
  readonly storeErrorsEvenIfIgnored?: boolean | null | undefined;
  /**
   * True: a run that was lost with its worker is repeated. False: the task fails at once.
   * @default true
   */
  readonly rejectOnWorkerLost?: boolean | null | undefined;
  /**
   * Revoked if it has not started this long after the call: seconds or `'10s'`; `null` is never.
   * @default never
   */
  readonly expires?: Duration | null | undefined;
  /**
   * Runs that may begin, over all workers: `'10/s'`, `'100/m'`, `'5/h'`, or a number of them per second. Each task has its own
   * rate, even if an app or a route sets it for many.
   * @default `null`: no limit
   */
  readonly rateLimit?: Rate | null | undefined;
}

const count = option.integer(0, MAX_COUNT);

export const SHARED = {
  ...RUN,
  maxRetries: option.orNull(count),
  defaultRetryDelay: option.duration(),
  retryBackoff: readBackoff,
  retryBackoffMax: option.duration(),
  retryJitter: option.flag,
  acksLate: option.flag,
  maxDeliveries: option.integer(1, MAX_COUNT),
  trackStarted: option.flag,
  storeErrorsEvenIfIgnored: option.flag,
  rejectOnWorkerLost: option.flag,
  expires: option.orNull(option.duration()),
  rateLimit: option.rate,
} satisfies { readonly [Name in keyof Required<SharedTaskOptions>]: OptionReader<unknown> };

/** As the wire names them. What writes the arguments is no part of it: the payload says so. @throws OptionError */
export function toWire(shared: OptionsRead<typeof SHARED>): WireTaskOptions {
  const {
    defaultRetryDelay: retryDelayMs,
    retryBackoff: retryBackoffMs,
    retryBackoffMax: retryBackoffMaxMs,
    expires: expiresMs,
    timeLimit: timeLimitMs,
    softTimeLimit: softTimeLimitMs,
    rateLimit: ratePerHour,
    serializer: _,
    ...same
  } = shared;
  const times = { retryDelayMs, retryBackoffMs, retryBackoffMaxMs, expiresMs, timeLimitMs, softTimeLimitMs };
  const wire = withoutUndefined<WireTaskOptions>({ ...same, ...times, ratePerHour });
  checkTimeLimits(wire);
  return wire;
}

function readBackoff(given: unknown, name: string): number {
  if (typeof given === 'boolean') return given ? BACKOFF_MS : 0;
  return option.duration()(given, name);
}
