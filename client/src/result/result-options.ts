import type { Duration } from '@celeriac/protocol';
import { type OptionReader, option } from '@celeriac/protocol/internal';
import { readWaitOptions, type SignalOptions, signalOption } from '@celeriac/runtime';
import type { Snapshot } from './snapshot.ts';

/** What waiting for a result takes. */
export interface GetOptions extends SignalOptions {
  /**
   * How long to wait: seconds or `'10s'`.
   * @default until the task ends, or there is a reason why it never will
   */
  readonly timeout?: Duration | null | undefined;
  /**
   * False: a failed task's error is returned, not thrown.
   * @default true
   */
  readonly propagate?: boolean | null | undefined;
  /**
   * Called with every change of this task while it is waited for, progress too.
   * @default none
   */
  readonly onMessage?: ((snapshot: Snapshot) => void) | null | undefined;
  /**
   * False: waiting is allowed inside a task as well; the task lends its slot to others meanwhile.
   * @default true
   */
  readonly disableSyncSubtasks?: boolean | null | undefined;
}

/** What walks over a family of tasks take. */
export interface WalkOptions extends Pick<GetOptions, 'timeout' | 'signal' | 'disableSyncSubtasks'> {
  /**
   * True: takes each task as it is. False: waits for each to end.
   * @default false
   */
  readonly intermediate?: boolean | null | undefined;
}

/** What `revoke()` takes. */
export interface RevokeOptions extends SignalOptions {
  /**
   * Also ends the thread or process that runs it, after `grace`.
   * @default false
   */
  readonly terminate?: boolean | null | undefined;
  /**
   * Seconds or `'10s'` that a running task has to stop by itself.
   * @default 5 s
   */
  readonly grace?: Duration | null | undefined;
}

type Readers<Options> = { readonly [Name in keyof Required<Options>]: OptionReader<unknown> };

const timeout = option.asGiven<Duration>(option.duration());
export const GET = {
  timeout,
  propagate: option.flag,
  signal: signalOption,
  onMessage: option.callback<(snapshot: Snapshot) => void>(),
  disableSyncSubtasks: option.flag,
} satisfies Readers<GetOptions>;
const WALK = {
  timeout,
  signal: signalOption,
  disableSyncSubtasks: option.flag,
  intermediate: option.flag,
} satisfies Readers<WalkOptions>;
export const REVOKE = {
  terminate: option.flag,
  grace: timeout,
  signal: signalOption,
} satisfies Readers<RevokeOptions>;
export const CLOSE_OPTIONS = { timeout, signal: signalOption };

/** Options without those that are `null`, which are as if they had not been given. */
export type NonNullOptions<Options> = { readonly [Name in keyof Options]: Exclude<Options[Name], null> };

export function readGet(given: GetOptions): NonNullOptions<GetOptions> {
  return readWaitOptions(given, GET, 'get()');
}

export function readWalk(given: WalkOptions, where: string): NonNullOptions<WalkOptions> {
  return readWaitOptions(given, WALK, where);
}
