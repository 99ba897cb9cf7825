/** Where bodies run. One seam: what is above it knows nothing of threads or processes. */
import type { RunReports } from '@celeriac/client/hosting';
import type { PoolKind } from '@celeriac/protocol';
import type { AbortReason, Assignment } from '@celeriac/protocol/internal';

export type { Follow, RunReports } from '@celeriac/client/hosting';

/** What a pool tells of a run besides; on the main thread. */
export interface PoolReports extends RunReports {
  /** The attempt begins now: it may have waited for a thread or a process. */
  began(): void;
}

/**
 * Why a body is asked to stop. After a soft limit its outcome still counts; after the others it does not. The last one is
 * for handlers, whose outcome is told already.
 */
export type StopReason = AbortReason | 'shutdown' | 'soft-limit' | 'time-limit' | 'handler-limit';

/** One attempt in a pool. */
export interface Run {
  /** Enters the body. Called once at most, and only after `started` is in the socket. */
  enter(): void;
  /**
   * Asks the body, or the handlers after it, to stop. `settled` and `followed` are still called when they have.
   * @param terminate whether a body that has not stopped after `graceMs` may be ended by force
   */
  abort(reason: StopReason, terminate: boolean, graceMs: number): void;
  /** The gateway has taken over all chunks before this one, counted from 0. */
  room(upTo: number): void;
}

export interface Pool {
  readonly kind: PoolKind;
  /** Resident memory of its processes, besides this one. */
  readonly rssBytes: number;
  /**
   * Prepares what bodies will run in. Called once, never throws.
   * @param ready called once the pool can start a body at once; maybe before this returns; never
   * where the pool cannot start
   */
  start(ready: () => void): void;
  /** How many bodies run at the same time from now on. */
  resize(size: number): void;
  /** Makes a run without entering it. Never throws. */
  prepare(assignment: Assignment, reports: PoolReports): Run;
  /** Resolves when nothing of it is left; what the bodies called is sent first. Called when no body runs. */
  stop(): Promise<void>;
  /** Ends at once what is left; `stop` then resolves. */
  kill(): void;
}
