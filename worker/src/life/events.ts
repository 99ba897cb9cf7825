/** What a worker tells of its life. */

import type { RefusedError } from '@celeriac/protocol';
import type { Assignment, Outcome } from '@celeriac/protocol/internal';
import { Listeners } from '@celeriac/runtime';
import type { Logger } from 'pino';

/** An attempt, in the events of a worker. */
export interface TaskFacts {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** Where it waited. */
  readonly queue: string;
  /** From 1. */
  readonly attempt: number;
}

/** How an attempt ended; `lost`: its thread or process died with it. The gateway decides what happens to the task. */
export type TaskEnd = 'success' | 'failure' | 'retry' | 'ignored' | 'rejected' | 'timed-out' | 'lost';

/**
 * stopped: by `stop()` · ordered: by an operator · refused: the gateway refuses the worker · broken: no thread or process of
 * its pool could be started.
 */
export type ShutdownReason = 'stopped' | 'ordered' | 'refused' | 'broken';

/** The events of a worker, and their data: see `worker.on()`. */
export interface WorkerEvents {
  /** Connected to the gateway, for the first time or after a reconnect. `resumed`: running tasks continue undisturbed. */
  ready: (facts: { readonly resumed: boolean }) => void;
  /** The connection is gone; another one is being made. */
  lost: (facts: { readonly reason: string }) => void;
  /**
   * The gateway refuses this worker. It tries again, unless it was never connected, another worker has its name, or its token
   * is a string that has expired or was revoked.
   */
  refused: (error: RefusedError) => void;
  /** A body begins. */
  taskStart: (facts: TaskFacts) => void;
  /** An attempt has ended, and its outcome is being reported. Not called for attempts that are given back at a shutdown. */
  taskEnd: (facts: TaskFacts & { readonly outcome: TaskEnd }) => void;
  /** It takes no new tasks from now on, and waits for the running ones. */
  shutdown: (facts: { readonly why: ShutdownReason }) => void;
  /** It has closed; this is the last event. */
  stopped: () => void;
}

type Told = { readonly [Event in keyof WorkerEvents]: Parameters<WorkerEvents[Event]> };

const NAMES: { readonly [Event in keyof WorkerEvents]: true } = {
  ready: true,
  lost: true,
  refused: true,
  taskStart: true,
  taskEnd: true,
  shutdown: true,
  stopped: true,
};

/** Listeners cannot do harm: what one throws is logged. */
export class LifeEvents extends Listeners<Told> {
  constructor(log: Logger) {
    super(
      (event, error) => log.error({ event, error }, 'a listener of the worker failed'),
      Object.keys(NAMES),
    );
  }

  /** Costs nothing without listeners: there may be thousands in a second. */
  taskBegan(assignment: Assignment): void {
    if (this.has('taskStart')) this.emit('taskStart', factsOf(assignment));
  }

  taskEnded(assignment: Assignment, [outcome]: Outcome): void {
    if (this.has('taskEnd')) this.emit('taskEnd', { ...factsOf(assignment), outcome });
  }
}

function factsOf([, id, attempt, name, , { queue }]: Assignment): TaskFacts {
  return { id, name, queue, attempt };
}
