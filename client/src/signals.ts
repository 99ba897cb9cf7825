/** How task code ends an attempt other than by returning or failing. Thrown; a worker knows them by their brand. */
import {
  type Duration,
  isError,
  OptionError,
  parseDuration,
  show,
  textOf,
  UsageError,
} from '@celeriac/protocol';
import { type Clock, systemClock } from '@celeriac/runtime';
import { type RetryOptions, SIGNAL, type TaskSignal } from './hosting.ts';

/**
 * Ends this attempt and asks for another one; what `self.retry()` throws.
 * @example throw new Retry({ exc: error, countdown: '10s' });
 */
export class Retry extends Error {
  override readonly name: string = 'Retry';
  readonly [SIGNAL]: TaskSignal;

  /**
   * Thrown, it ends the attempt; `self.retry()` throws it for you.
   * @param clock tells how far away `eta` is
   * @throws OptionError for a bad countdown, ETA, limit or list of arguments
   */
  constructor(
    { exc, countdown, eta, maxRetries, args }: RetryOptions = {},
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    super(
      isError(exc) ? `retry: ${textOf(exc, 'message')}` : 'retry',
      exc === undefined ? {} : { cause: exc },
    );
    this[SIGNAL] = {
      kind: 'retry',
      exc,
      countdownMs: eta === undefined ? readCountdown(countdown) : readEta(eta, countdown, clock),
      maxRetries: readLimit(maxRetries),
      args: readArgs(args),
    };
  }
}

/**
 * Ends the task as IGNORED: no result, no handlers.
 * @example throw new Ignore('nothing to do');
 */
export class Ignore extends Error {
  override readonly name: string = 'Ignore';
  readonly [SIGNAL]: TaskSignal = { kind: 'ignore' };

  constructor(message = 'ignored') {
    super(message);
  }
}

/** What `new Reject()` takes. */
export interface RejectOptions {
  /**
   * True: back to its queue, 100 times at most. False: the task fails.
   * @default false
   */
  readonly requeue?: boolean | undefined;
}

/**
 * Refuses the task: it fails with `reason`, or goes back to its queue.
 * @example throw new Reject('not mine', { requeue: true });
 */
export class Reject extends Error {
  override readonly name: string = 'Reject';
  readonly [SIGNAL]: TaskSignal;

  constructor(reason?: unknown, { requeue = false }: RejectOptions = {}) {
    super(
      (isError(reason) ? textOf(reason, 'message') : undefined) ??
        (typeof reason === 'string' ? reason : 'rejected'),
    );
    if (typeof requeue !== 'boolean')
      throw new UsageError('expected new Reject(reason, { requeue: true | false })');
    this[SIGNAL] = { kind: 'reject', reason, requeue };
  }
}

function readCountdown(countdown: Duration | undefined): number | null {
  return countdown === undefined ? null : parseDuration(countdown, 'countdown');
}

function readEta(eta: Date, countdown: Duration | undefined, clock: Pick<Clock, 'now'>): number {
  if (countdown !== undefined) throw new OptionError('eta', 'expected countdown or eta, got both');
  if (!(eta instanceof Date) || Number.isNaN(eta.getTime()))
    throw new OptionError('eta', 'expected eta to be a valid Date');
  return Math.max(0, Math.ceil(eta.getTime() - clock.now()));
}

function readLimit(maxRetries: number | null | undefined): number | null | undefined {
  if (maxRetries === undefined || maxRetries === null) return maxRetries;
  if (Number.isInteger(maxRetries) && maxRetries >= 0) return maxRetries;
  throw new OptionError(
    'maxRetries',
    `expected maxRetries to be null or an integer from 0, got: ${maxRetries}`,
  );
}

function readArgs(args: unknown): readonly unknown[] | undefined {
  if (args === undefined || Array.isArray(args)) return args;
  throw new OptionError('args', `expected args to be an array, got: ${show(args)}`);
}
