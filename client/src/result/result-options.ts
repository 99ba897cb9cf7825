import { type Duration, readNames } from '@celeriac/protocol';
import { readSignal, type SignalOptions } from '@celeriac/runtime';
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

type Names<Options> = { readonly [Name in keyof Required<Options>]: true };

const GET: Names<GetOptions> = {
  timeout: true,
  propagate: true,
  signal: true,
  onMessage: true,
  disableSyncSubtasks: true,
};
const WALK: Names<WalkOptions> = {
  timeout: true,
  signal: true,
  disableSyncSubtasks: true,
  intermediate: true,
};
const REVOKE: Names<RevokeOptions> = { terminate: true, grace: true, signal: true };

export const GET_NAMES: readonly string[] = Object.keys(GET);
export const REVOKE_NAMES: readonly string[] = Object.keys(REVOKE);

/** Options without those that are `null`, which are as if they had not been given. */
export type Read<Options> = { readonly [Name in keyof Options]: Exclude<Options[Name], null> };

/**
 * @param where names the method in errors: "get()"
 * @throws UsageError when they are no object, OptionError for one that does not exist
 */
export function readOptions<Options extends object>(
  given: Options,
  known: readonly string[],
  where: string,
): Read<Options> {
  const read = Object.fromEntries(readNames(given, known, where));
  // Also that of an AbortController: there it is no field of its own.
  const signal = known.includes('signal') && 'signal' in given ? readSignal(given.signal) : undefined;
  // Names that are known have the types that the compiler knows.
  return (signal === undefined ? read : { ...read, signal }) as Read<Options>;
}

/** Of a method that takes nothing else. */
export function readSignalOf(given: SignalOptions, where: string): AbortSignal | undefined {
  return readOptions(given, ['signal'], where).signal;
}

export function readGet(given: GetOptions): Read<GetOptions> {
  return readOptions(given, GET_NAMES, 'get()');
}

export function readWalk(given: WalkOptions, where: string): Read<WalkOptions> {
  return readOptions(given, Object.keys(WALK), where);
}
