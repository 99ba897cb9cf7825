/** Bodies run in the worker's own event loop: the least overhead, made for tasks that mostly wait. */
import type { Assignment } from '@celeriac/protocol';
import { AbortSource } from '../execute/abort-source.ts';
import type { Executor } from '../execute/executor.ts';
import { Outflow } from '../execute/outflow.ts';
import type { Pool, PoolReports, Run, StopReason } from './pool.ts';
import { askToStop } from './stop-error.ts';

export class InlinePool implements Pool {
  readonly kind = 'inline';
  readonly rssBytes = 0;
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  start(ready: () => void): void {
    ready();
  }

  resize(): void {}

  prepare(assignment: Assignment, reports: PoolReports): Run {
    return new InlineRun(this.#executor, assignment, reports);
  }

  async stop(): Promise<void> {}

  kill(): void {}
}

class InlineRun implements Run {
  readonly #executor: Executor;
  readonly #assignment: Assignment;
  readonly #reports: PoolReports;
  readonly #abort = new AbortSource();
  readonly #outflow = new Outflow();

  constructor(executor: Executor, assignment: Assignment, reports: PoolReports) {
    this.#executor = executor;
    this.#assignment = assignment;
    this.#reports = reports;
  }

  enter(): void {
    this.#reports.began();
    this.#executor.execute(this.#assignment, this.#abort, this.#outflow, this.#reports);
  }

  room(upTo: number): void {
    this.#outflow.room(upTo);
  }

  /** A function in our own loop cannot be ended by force: `terminate` has no effect here. */
  abort(reason: StopReason): void {
    askToStop(this.#abort, reason, this.#assignment);
  }
}
