/** What a worker tells of its life. */

import type { RefusedError } from '@celeriac/protocol';
import type { Assignment, Outcome } from '@celeriac/protocol/internal';
import { Listeners } from '@celeriac/runtime';
import type { Logger } from 'pino';

/** An attempt, as a worker's events tell of it. */
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

/** How an attempt ended; `lost`: its thread or process died with it. What becomes of the task the gateway decides. */
export type TaskEnd = 'success' | 'failure' | 'retry' | 'ignored' | 'rejected' | 'timed-out' | 'lost';

/** By `stop()`, as after a signal, or by an operator; because the gateway refuses it, or no child can be started. */
export type ShutdownReason = 'stopped' | 'ordered' | 'refused' | 'broken';

/** What a worker tells, and with what: see `worker.on()`. */
export interface WorkerEvents {
  /** Welcomed by the gateway, the first time and after each reconnect. `resumed`: running tasks go on undisturbed. */
  ready: (facts: { readonly resumed: boolean }) => void;
  /** The connection is gone; another one is being made. */
  lost: (facts: { readonly reason: string }) => void;
  /** The gateway refuses this worker; it goes on trying, unless another worker has its name, or its token has ended and is no factory. */
  refused: (error: RefusedError) => void;
  /** A body begins. */
  taskStart: (facts: TaskFacts) => void;
  /** An attempt has ended, and its outcome is on its way. One that was given back at a shutdown has not. */
  taskEnd: (facts: TaskFacts & { readonly outcome: TaskEnd }) => void;
  /** It takes nothing new from now on, and lets what runs end. */
  shutdown: (facts: { readonly why: ShutdownReason }) => void;
  /** It has closed; nothing is told after it. */
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
