import type { TaskState } from '@celeriac/protocol';
import { Listeners, type SignalOptions } from '@celeriac/runtime';

/** A worker, as it is shown to operators. */
export interface WorkerSigns {
  readonly worker: string;
  /** Not the id by which it is resumed. */
  readonly session: string;
  /** 0 and empty where only its leases tell of it, after a restart. */
  readonly pid: number;
  readonly version: string;
}

/** What somebody did, or wanted to do: one frame. */
export interface AuditedAct {
  /** Whose token it was (`sub`), its own name (`jti`), and the address it came from. */
  readonly subject: string | null;
  readonly tokenId: string | null;
  readonly from: string;
  readonly command: string;
  /** The tasks, queues or workers that it is about, the first of them. */
  readonly about: readonly string[];
  /** How many there are of them. */
  readonly count: number;
}

/**
 * What happens in a gateway, for logs and metrics: event → facts. Batches are counted, not listed, so that
 * nobody pays per task for a listener that is not there.
 */
export interface TelemetryEvents {
  /** The gateway has started, and takes connections. */
  listening: [{ readonly url: string }];
  /** So many calls were accepted. */
  accepted: [{ readonly count: number }];
  /** Who asked for what is told where it is known. */
  refused: [{ readonly code: string; readonly count: number } & Partial<AuditedAct>];
  /** Done by a right over more than one's own calls: `admin:` and `revoke:`. */
  acted: [AuditedAct];
  /** So many tasks were handed to workers. */
  assigned: [{ readonly count: number }];
  /** So many outcomes were reported and recorded. */
  settled: [{ readonly count: number }];
  /** Tasks that are over, however they ended, by state. */
  ended: [{ readonly counts: ReadonlyMap<TaskState, number> }];
  /** So many calls or outcomes were handed to the engine together, and are committed so much later. */
  written: [{ readonly tasks: number; readonly ms: number }];
  /** Reports of attempts that are somebody else's by now. */
  stale: [{ readonly worker: string; readonly count: number }];
  /** So many tasks have expired before they began. */
  expired: [{ readonly count: number }];
  /** Calls linked to a task that ended were not made: tasks of their ids are there already. */
  linkTaken: [
    { readonly parent: string; readonly links: readonly { readonly id: string; readonly name: string }[] },
  ];
  /** A worker was welcomed, for the first time or again. */
  workerJoined: [WorkerSigns & { readonly resumed: boolean; readonly tasks: number }];
  /** A worker's connection is gone; it may come back, and keeps what it holds for that long. */
  workerDisconnected: [{ readonly worker: string; readonly session: string; readonly held: number }];
  /** A worker is gone for good, and what it held is free. */
  workerLost: [WorkerSigns & { readonly released: number; readonly why: string }];
  /** A client was not let in. */
  clientRefused: [{ readonly code: string; readonly message: string; readonly from: string }];
  /** The public keys behind an address could not be read: bearers of tokens are asked to come back. */
  keysUnreadable: [{ readonly source: string; readonly why: string }];
  /** Others on this machine may read or change this file of keys. */
  keysExposed: [{ readonly path: string }];
  /** The event loop stood still for so long, in milliseconds. */
  stalled: [{ readonly lagMs: number }];
  /** The store has no room for further tasks; `null`: it has again. */
  shortage: [{ readonly why: string | null }];
  /** Tasks could run, workers have room, and nothing was delivered for so long. */
  deliveryStalled: [{ readonly ms: number }];
  /** A part of the gateway has failed at something, and goes on. */
  serviceFailed: [{ readonly service: string; readonly error: unknown }];
  /** The store cannot go on, nor can the gateway: stop it. */
  engineFailed: [{ readonly error: Error }];
}

/** What tells of them. */
export interface TelemetrySource {
  /**
   * Calls a function with each event of a kind. One that throws is told of as `serviceFailed`, which the gateway's log listens to,
   * and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns how to stop; calling it twice does nothing more
   * @throws UsageError for what is no function, OptionError for a bad option
   * @example gateway.on('workerLost', ({ worker, why }) => alarm(worker, why), { signal });
   */
  on<Event extends keyof TelemetryEvents>(
    event: Event,
    listener: (...facts: TelemetryEvents[Event]) => void,
    options?: SignalOptions,
  ): () => void;
}

/** Where nobody listens to what has failed, the console is told. */
export class Telemetry extends Listeners<TelemetryEvents> implements TelemetrySource {
  constructor() {
    super((event, error) => {
      const service = `a listener of ${event}`;
      if (event !== 'serviceFailed' && this.has('serviceFailed'))
        this.emit('serviceFailed', { service, error });
      // biome-ignore lint/suspicious/noConsole: nobody else is there to be told
      else console.error(`celeriac: ${service} failed:`, error);
    });
  }
}
