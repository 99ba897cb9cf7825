import type { TaskState } from '@celeriac/protocol';
import { Listeners, type SignalOptions } from '@celeriac/runtime';

/** A worker, as operators see it. */
export interface WorkerSigns {
  /** Its name. */
  readonly worker: string;
  /** Not the id that resumes it. */
  readonly session: string;
  /** 0 and empty if it is known only from its leases, after a restart. */
  readonly pid: number;
  /** Of its package. */
  readonly version: string;
}

/** What somebody did or tried to do, in one frame. */
export interface AuditedAct {
  /** The token's subject, its `sub`. */
  readonly subject: string | null;
  /** The token's id, its `jti`. */
  readonly tokenId: string | null;
  /** The address that it came from. */
  readonly from: string;
  /** What was asked for. */
  readonly command: string;
  /** The tasks, queues or workers concerned, up to a maximum number. */
  readonly about: readonly string[];
  /** How many are concerned in all. */
  readonly count: number;
}

/**
 * What happens in a gateway, for logs and metrics: event → facts. Batches are counted, not listed, so that
 * events without listeners cost nothing per task.
 */
export interface TelemetryEvents {
  /** The gateway has started, and takes connections. */
  listening: [{ readonly url: string }];
  /** This many calls were accepted. */
  accepted: [{ readonly count: number }];
  /** With who asked for what, if that is known. */
  refused: [{ readonly code: string; readonly count: number } & Partial<AuditedAct>];
  /** An act that needed a right over others' calls: `admin:` or `revoke:`. */
  acted: [AuditedAct];
  /** This many tasks were handed to workers. */
  assigned: [{ readonly count: number }];
  /** This many outcomes were reported and recorded. */
  settled: [{ readonly count: number }];
  /** Tasks that ended, in whatever way, by state. */
  ended: [{ readonly counts: ReadonlyMap<TaskState, number> }];
  /** A batch of calls or outcomes was committed: its size, and the time from handing it to the engine. */
  written: [{ readonly tasks: number; readonly ms: number }];
  /** Reports of attempts that their worker no longer holds. */
  stale: [{ readonly worker: string; readonly count: number }];
  /** This many tasks expired before they began. */
  expired: [{ readonly count: number }];
  /** Calls linked to an ended task were not made, because their ids are taken. */
  linkTaken: [
    { readonly parent: string; readonly links: readonly { readonly id: string; readonly name: string }[] },
  ];
  /** A worker connected, for the first time or again. */
  workerJoined: [WorkerSigns & { readonly resumed: boolean; readonly tasks: number }];
  /** A worker's connection closed; it keeps its tasks for the grace period, in which it may reconnect. */
  workerDisconnected: [{ readonly worker: string; readonly session: string; readonly held: number }];
  /** A worker is lost, and its tasks are free to run elsewhere. */
  workerLost: [WorkerSigns & { readonly released: number; readonly why: string }];
  /** A connection was refused. */
  clientRefused: [{ readonly code: string; readonly message: string; readonly from: string }];
  /** The public keys at a URL could not be fetched: connections with tokens are asked to try again later. */
  keysUnreadable: [{ readonly source: string; readonly why: string }];
  /** Other users of this machine may read or change this key file. */
  keysExposed: [{ readonly path: string }];
  /** The event loop was blocked, for this many milliseconds. */
  stalled: [{ readonly lagMs: number }];
  /** The store has no space for further tasks; `null`: it has space again. */
  shortage: [{ readonly why: string | null }];
  /** Tasks could run and workers had room, but nothing was delivered for this long. */
  deliveryStalled: [{ readonly ms: number }];
  /** A part of the gateway failed, and the gateway continues. */
  serviceFailed: [{ readonly service: string; readonly error: unknown }];
  /** The store cannot continue, and neither can the gateway: stop it. */
  engineFailed: [{ readonly error: Error }];
}

/** The source of these events. */
export interface TelemetrySource {
  /**
   * Calls a function with each event of a kind. One that throws is reported as `serviceFailed`, which the gateway logs,
   * and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns a function that stops listening; calling it again does nothing
   * @throws UsageError for an event that does not exist or what is no function, OptionError for a bad option
   * @example gateway.on('workerLost', ({ worker, why }) => alarm(worker, why), { signal });
   */
  on<Event extends keyof TelemetryEvents>(
    event: Event,
    listener: (...facts: TelemetryEvents[Event]) => void,
    options?: SignalOptions,
  ): () => void;
}

const NAMES: { readonly [Event in keyof TelemetryEvents]: true } = {
  listening: true,
  accepted: true,
  refused: true,
  acted: true,
  assigned: true,
  settled: true,
  ended: true,
  written: true,
  stale: true,
  expired: true,
  linkTaken: true,
  workerJoined: true,
  workerDisconnected: true,
  workerLost: true,
  clientRefused: true,
  keysUnreadable: true,
  keysExposed: true,
  stalled: true,
  shortage: true,
  deliveryStalled: true,
  serviceFailed: true,
  engineFailed: true,
};

/** Where nobody listens to what has failed, the console is told. */
export class Telemetry extends Listeners<TelemetryEvents> implements TelemetrySource {
  constructor() {
    super((event, error) => {
      const service = `a listener of ${event}`;
      if (event !== 'serviceFailed' && this.has('serviceFailed'))
        this.emit('serviceFailed', { service, error });
      // biome-ignore lint/suspicious/noConsole: nobody else is there to be told
      else console.error(`celeriac: ${service} failed:`, error);
    }, Object.keys(NAMES));
  }
}
