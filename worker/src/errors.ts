/** The worker's own errors: why it did not start, and what a task's abort signal may carry besides `TaskRevokedError`. */
import { CeleriacError } from '@celeriac/protocol';

/** Another worker may run this task by now; the outcome of this attempt is not recorded. */
export class LeaseLostError extends CeleriacError {
  override readonly name: string = 'LeaseLostError';
  declare readonly code: 'LEASE_LOST';
  constructor() {
    super('LEASE_LOST', 'lease-lost: this attempt lost its lease; the task may run elsewhere');
  }
}

/** The worker stops and does not wait any longer; the task was given back. */
export class WorkerShutdownError extends CeleriacError {
  override readonly name: string = 'WorkerShutdownError';
  declare readonly code: 'WORKER_SHUTDOWN';
  constructor() {
    super('WORKER_SHUTDOWN', 'the worker is shutting down; its running tasks are given back to the gateway');
  }
}

/** The threads or processes of its pool cannot load its task files, so the worker did not connect to the gateway. */
export class ChildrenBrokenError extends CeleriacError {
  override readonly name: string = 'ChildrenBrokenError';
  declare readonly code: 'CHILDREN_BROKEN';
  constructor(why: string) {
    super('CHILDREN_BROKEN', `no child of the pool could be started: ${why}`);
  }
}
