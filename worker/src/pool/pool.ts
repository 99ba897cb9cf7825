/** Where bodies run. One seam: what is above it knows nothing of threads or processes. */
import type { AbortReason, Assignment, Outcome, WirePayload } from '@celeriac/protocol';

/** What a run tells; called on the main thread. */
export interface RunReports {
  progress(state: string, meta: WirePayload): void;
  /** The body begins to wait for another task, or has waited: meanwhile it does not need its slot. */
  waits(waiting: boolean): void;
  /**
   * Exactly once per entered run, perhaps before `enter` returns.
   * @param children ids of the tasks that the body called
   */
  settled(outcome: Outcome, children: readonly string[]): void;
}

/** One attempt in a pool. */
export interface Run {
  /** Enters the body. Called once at most, and only after `started` is in the socket. */
  enter(): void;
  /**
   * Asks the body to stop. `settled` is still called when it has.
   * @param terminate whether a body that has not stopped after `graceMs` may be ended by force
   */
  abort(reason: AbortReason | 'shutdown', terminate: boolean, graceMs: number): void;
}

export interface Pool {
  /** Makes a run without entering it. Never throws. */
  prepare(assignment: Assignment, reports: RunReports): Run;
}
