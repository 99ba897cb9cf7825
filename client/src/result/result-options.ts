import type { Duration } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/calling';
import type { OptionReader } from '@celeriac/protocol/internal';
import type { SignalOptions } from '@celeriac/runtime';
import { signalOption } from '@celeriac/runtime/calling';
import type { Snapshot } from './snapshot.ts';

/** What waiting for a result takes. */
export interface GetOptions extends SignalOptions {
  /**
   * How long to wait: seconds or `'10s'`.
   * @default no limit: until the task ends, or its end will never be known
   */
  readonly timeout?: Duration | null | undefined;
  /**
   * False: a failed task's error is returned, not thrown.
   * @default true
   */
  readonly propagate?: boolean | null | undefined;
  /**
   * Called with every change of this task during the wait, including progress.
   * @default none
   */
  readonly onMessage?: ((snapshot: Snapshot) => void) | null | undefined;
  /**
   * False: waiting is allowed inside a task too; the task frees its slot meanwhile.
   * @default true
   */
  readonly disableSyncSubtasks?: boolean | null | undefined;
}

/** Options of walks over a task and the tasks that it called. */
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
export const WALK = {
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
