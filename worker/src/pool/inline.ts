/** Bodies run in the worker's own event loop: the least overhead, made for tasks that mostly wait. */
import { type AbortReason, type Assignment, TaskRevokedError } from '@celeriac/protocol';
import { LeaseLostError, WorkerShutdownError } from '../errors.ts';
import { AbortSource } from '../execute/abort-source.ts';
import type { Executor } from '../execute/executor.ts';
import type { Pool, Run, RunReports } from './pool.ts';

export class InlinePool implements Pool {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  prepare(assignment: Assignment, reports: RunReports): Run {
    return new InlineRun(this.#executor, assignment, reports);
  }
}

class InlineRun implements Run {
  readonly #executor: Executor;
  readonly #assignment: Assignment;
  readonly #reports: RunReports;
  readonly #abort = new AbortSource();

  constructor(executor: Executor, assignment: Assignment, reports: RunReports) {
    this.#executor = executor;
    this.#assignment = assignment;
    this.#reports = reports;
  }

  enter(): void {
    this.#executor.execute(this.#assignment, this.#abort, this.#reports);
  }

  /** A function in our own loop cannot be ended by force: `terminate` has no effect here. */
  abort(reason: AbortReason | 'shutdown'): void {
    this.#abort.abort(abortError(reason));
  }
}

function abortError(reason: AbortReason | 'shutdown'): Error {
  switch (reason) {
    case 'revoked':
      return new TaskRevokedError('revoked');
    case 'lease-lost':
      return new LeaseLostError();
    case 'shutdown':
      return new WorkerShutdownError();
  }
}
