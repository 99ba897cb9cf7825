/** Bodies run in the worker's own event loop: the least overhead, made for tasks that mostly wait. */
import { AbortSource, ChunkWindow, type Executor } from '@celeriac/client/hosting';
import type { Assignment } from '@celeriac/protocol/internal';
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
  readonly #window = new ChunkWindow();

  constructor(executor: Executor, assignment: Assignment, reports: PoolReports) {
    this.#executor = executor;
    this.#assignment = assignment;
    this.#reports = reports;
  }

  enter(): void {
    this.#reports.began();
    this.#executor.execute(this.#assignment, this.#abort, this.#window, this.#reports);
  }

  room(upTo: number): void {
    this.#window.room(upTo);
  }

  /** A function in our own loop cannot be ended by force: `terminate` has no effect here. */
  abort(reason: StopReason): void {
    askToStop(this.#abort, reason, this.#assignment);
  }
}
