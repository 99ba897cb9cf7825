/** Options that a call and a task have alike, and what reads them. */

import { type Duration, OptionError } from '@celeriac/protocol';
import { option, PRIORITY_MAX, QUEUE_NAME_LENGTH, show, TASK_NAME_LENGTH } from '@celeriac/protocol/calling';
import type { OptionReader } from '@celeriac/protocol/internal';
import { NAME_LENGTH, type SerializerName } from '../values/serializer.ts';

/**
 * Options that a call, its task, a route and the app have alike: where one of them does not say, the next one in this order does. The
 * defaults hold where none says.
 */
export interface RunOptions {
  /**
   * Where calls wait.
   * @default `'default'`
   */
  readonly queue?: string | null | undefined;
  /**
   * 0 to 9, 9 first.
   * @default 0
   */
  readonly priority?: number | null | undefined;
  /**
   * A body that runs this long ends as FAILURE `TimeLimitExceeded`: seconds or `'10s'`; 0 is never. Handlers do not count.
   * @default 0
   */
  readonly timeLimit?: Duration | null | undefined;
  /**
   * `self.signal` aborts with `SoftTimeLimitExceeded` after this long, not above `timeLimit`: seconds or `'10s'`; 0 is never.
   * @default 0
   */
  readonly softTimeLimit?: Duration | null | undefined;
  /**
   * The result is pushed to watchers, and not kept. If the call itself sets this, `get()` returns `undefined` at once.
   * @default false
   */
  readonly ignoreResult?: boolean | null | undefined;
  /**
   * The serializer of the arguments of calls, and so of their results: `'json'`, `'devalue'`, or a name given to
   * `app.registerSerializer()` before.
   * @default `'json'`
   */
  readonly serializer?: SerializerName | null | undefined;
}

export const queueOption = option.text(QUEUE_NAME_LENGTH);

export const RUN = {
  queue: queueOption,
  priority: option.integer(0, PRIORITY_MAX),
  timeLimit: option.duration(),
  softTimeLimit: option.duration(),
  ignoreResult: option.flag,
  // Whether there is one of that name is known where calls are written.
  serializer: option.text(NAME_LENGTH),
} satisfies { readonly [Name in keyof Required<RunOptions>]: OptionReader<unknown> };

/** @throws OptionError for what no task can have as its name */
export function readTaskName(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= TASK_NAME_LENGTH) return value;
  throw new OptionError(
    'name',
    `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(value)}`,
  );
}

/** A limit of 0 is none. @throws OptionError when the soft limit would never be reached */
export function checkTimeLimits({
  timeLimitMs = 0,
  softTimeLimitMs = 0,
}: {
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
}): void {
  if (timeLimitMs === 0 || softTimeLimitMs <= timeLimitMs) return;
  throw new OptionError(
    'softTimeLimit',
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs / 1000} s above ${timeLimitMs / 1000} s`,
  );
}
