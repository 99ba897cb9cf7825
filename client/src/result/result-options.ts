import { type Duration, type OptionReader, option, readOptions, show, UsageError } from '@celeriac/protocol';
import type { Snapshot } from './snapshot.ts';

export interface GetOptions {
  /** Seconds or `'10s'`; without it the wait ends with the task, or with a reason why it never will. */
  readonly timeout?: Duration | null | undefined;
  /** False: a failed task's error is returned, not thrown. Default true. */
  readonly propagate?: boolean | null | undefined;
  /** Ends the wait with the signal's reason; the task itself goes on. */
  readonly signal?: AbortSignal | null | undefined;
  /** Called with every change of this task while it is waited for, progress too. */
  readonly onMessage?: ((snapshot: Snapshot) => void) | null | undefined;
  /** False: waiting is allowed inside a task as well; the task lends its slot to others meanwhile. Default true. */
  readonly disableSyncSubtasks?: boolean | null | undefined;
}

export interface WalkOptions extends Pick<GetOptions, 'timeout' | 'signal' | 'disableSyncSubtasks'> {
  /** True: takes each task as it is. False, the default: waits for each to end. */
  readonly intermediate?: boolean | null | undefined;
}

export interface RevokeOptions {
  /** Also ends the thread or process that runs it, after `grace`. Default false. */
  readonly terminate?: boolean | null | undefined;
  /** Seconds or `'10s'` that a running task has to stop by itself. Default 5. */
  readonly grace?: Duration | null | undefined;
}

type Readers<Options> = { readonly [Name in keyof Required<Options>]: OptionReader<unknown> };

const timeout = option.asGiven<Duration>(option.duration());
const signal = option.value<AbortSignal>(
  'an AbortSignal',
  (given) => typeof given === 'object' && given !== null && 'aborted' in given,
);
export const GET = {
  timeout,
  propagate: option.flag,
  signal,
  onMessage: option.callback<(snapshot: Snapshot) => void>(),
  disableSyncSubtasks: option.flag,
} satisfies Readers<GetOptions>;
const WALK = {
  timeout,
  signal,
  disableSyncSubtasks: option.flag,
  intermediate: option.flag,
} satisfies Readers<WalkOptions>;
export const REVOKE = { terminate: option.flag, grace: timeout } satisfies Readers<RevokeOptions>;
export const CLOSE = { timeout };

/** Options without those that are `null`, which are as if they had not been given. */
export type Read<Options> = { readonly [Name in keyof Options]: Exclude<Options[Name], null> };

export function readGet(given: GetOptions): Read<GetOptions> {
  return readOptions(given, GET, 'get()');
}

export function readWalk(given: WalkOptions, where: string): Read<WalkOptions> {
  return readOptions(given, WALK, where);
}

/** @throws UsageError for what is given to a method that takes nothing */
export function refuseOptions(given: readonly unknown[], where: string): void {
  if (given.length > 0) throw new UsageError(`${where} takes no options, got: ${show(given[0])}`);
}
