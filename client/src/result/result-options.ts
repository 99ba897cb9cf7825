import type { Duration } from '@celeriac/protocol';
import type { Snapshot } from './snapshot.ts';

export interface GetOptions {
  /** Seconds or `'10s'`; without it the wait ends with the task, or with a reason why it never will. */
  readonly timeout?: Duration | undefined;
  /** False: a failed task's error is returned, not thrown. Default true. */
  readonly propagate?: boolean | undefined;
  /** Ends the wait with the signal's reason; the task itself goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every change of this task while it is waited for, progress too. */
  readonly onMessage?: ((snapshot: Snapshot) => void) | undefined;
  /** False: waiting is allowed inside a task as well; the task lends its slot to others meanwhile. Default true. */
  readonly disableSyncSubtasks?: boolean | undefined;
}

export interface WalkOptions extends Pick<GetOptions, 'timeout' | 'signal' | 'disableSyncSubtasks'> {
  /** True: takes each task as it is. False, the default: waits for each to end. */
  readonly intermediate?: boolean | undefined;
}

export interface RevokeOptions {
  /** Also ends the thread or process that runs it, after `grace`. Default false. */
  readonly terminate?: boolean | undefined;
  /** Seconds or `'10s'` that a running task has to stop by itself. Default 5. */
  readonly grace?: Duration | undefined;
}
