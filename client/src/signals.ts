/** How task code ends an attempt other than by returning or failing. Thrown; a worker knows them by their brand. */

import { OptionError } from '@celeriac/protocol';
import { isError, option, readOptions, textOf } from '@celeriac/protocol/calling';
import type { OptionReader } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { systemClock } from '@celeriac/runtime/calling';
import { type RetryOptions, SIGNAL, type TaskSignal } from './hosting.ts';

const RETRY = {
  exc: option.orNull(option.any),
  countdown: option.duration(),
  eta: option.moment,
  maxRetries: option.orNull(option.integer(0)),
  args: option.value<readonly unknown[]>('an array', Array.isArray),
} satisfies { readonly [Name in keyof Required<RetryOptions>]: OptionReader<unknown> };
const REJECT = { requeue: option.flag };

/**
 * Ends this attempt and asks for another one; what `self.retry()` throws.
 * @example throw new Retry({ exc: error, countdown: '10s' });
 */
export class Retry extends Error {
  override readonly name: string = 'Retry';
  /** @internal */
  readonly [SIGNAL]: TaskSignal;

  /**
   * Throw it to end the attempt; `self.retry()` does that for you.
   * @param clock tells how far away `eta` is
   * @throws OptionError for an unknown option or an invalid value
   */
  constructor(options: RetryOptions = {}, clock: Pick<Clock, 'now'> = systemClock) {
    const { exc, countdown, eta, maxRetries, args } = readOptions(options, RETRY, 'retry()');
    if (eta !== undefined && countdown !== undefined)
      throw new OptionError('eta', 'expected either countdown or eta, got both');
    super(
      isError(exc) ? `retry: ${textOf(exc, 'message')}` : 'retry',
      exc === undefined ? {} : { cause: exc },
    );
    this[SIGNAL] = {
      kind: 'retry',
      exc,
      countdownMs: eta === undefined ? (countdown ?? null) : Math.max(0, Math.ceil(eta - clock.now())),
      maxRetries,
      args,
    };
  }
}

/**
 * Ends the task as IGNORED: no result, no handlers.
 * @example throw new Ignore('nothing to do');
 */
export class Ignore extends Error {
  override readonly name: string = 'Ignore';
  /** @internal */
  readonly [SIGNAL]: TaskSignal = { kind: 'ignore' };

  constructor(message = 'ignored') {
    super(message);
  }
}

/** What `new Reject()` takes. */
export interface RejectOptions {
  /**
   * True: the task goes back to its queue, at most 100 times. False: the task fails.
   * @default false
   */
  readonly requeue?: boolean | null | undefined;
}

/**
 * Refuses the task: it fails with `reason`, or goes back to its queue.
 * @example throw new Reject('not mine', { requeue: true });
 */
export class Reject extends Error {
  override readonly name: string = 'Reject';
  /** @internal */
  readonly [SIGNAL]: TaskSignal;

  /** @throws OptionError for an unknown option or an invalid value */
  constructor(reason?: unknown, options: RejectOptions = {}) {
    const { requeue = false } = readOptions(options, REJECT, 'new Reject()');
    super(
      (isError(reason) ? textOf(reason, 'message') : undefined) ??
        (typeof reason === 'string' ? reason : 'rejected'),
    );
    this[SIGNAL] = { kind: 'reject', reason, requeue };
  }
}
