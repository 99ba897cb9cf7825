/** What a worker hears of its tasks and its gateway. */
import type { Assignment, Outcome, RefusedError, WorkerOrder, WorkerWelcome } from '@celeriac/protocol';

export interface TaskHostListener {
  welcomed(welcome: WorkerWelcome, resumed: boolean): void;
  lost(reason: string): void;
  lagged(ms: number): void;
  ordered(order: WorkerOrder): void;
  /** A body begins. */
  taskBegan(assignment: Assignment): void;
  /** An attempt has ended, by its body or by its time limit. */
  taskEnded(assignment: Assignment, outcome: Outcome): void;
  /** @returns whether to try again all the same */
  refused(error: RefusedError): boolean;
}
