import { hostname } from 'node:os';
import {
  FRAME_SOFT_LIMIT,
  type HeldAttempt,
  jsonBytes,
  PEER_FRAME_LIMIT,
  type ProgressItem,
  type SettledItem,
  type WorkerHello,
  type WorkerVitals,
} from '@celeriac/protocol/internal';
import type { Clock, MachinePlace } from '@celeriac/runtime';
import { HERE } from '@celeriac/runtime/node';
import type { Slots } from '../attempts/slots.ts';
import type { Gauge, Measured } from '../life/gauge.ts';
import type { Pool } from '../pool/pool.ts';
import type { Registry } from '../registry/registry.ts';
import type { HelloFacts } from '../session/session.ts';
import { VERSION } from '../version.ts';
import type { Capacity } from './capacity.ts';

export interface HelloSettings {
  /** Default: where this process runs. */
  readonly place?: MachinePlace;
  readonly clock: Clock;
  readonly name: string;
  /** Unique per start of this worker. */
  readonly bootId: string;
  readonly queues: readonly string[];
  readonly weights?: WorkerHello['weights'];
  readonly registry: Registry;
  readonly pool: Pool;
  /** How the process does; without it heartbeats say nothing of that. */
  readonly gauge?: Gauge;
}

const UNMEASURED: Measured = { lagMs: 0, rssBytes: 0, cpuPercent: 0 };

/** What a worker says of itself: who it is in each hello, how it does in each beat. */
export class Hello {
  readonly #settings: HelloSettings;
  readonly #slots: Slots;
  readonly #capacity: Capacity;
  readonly #bornAt: number;

  constructor(settings: HelloSettings, slots: Slots, capacity: Capacity) {
    this.#settings = settings;
    this.#slots = slots;
    this.#capacity = capacity;
    this.#bornAt = settings.clock.monotonic();
  }

  greet(held: HelloFacts['held']): HelloFacts {
    const { name, bootId, queues, weights = [], registry, pool, clock, place = HERE } = this.#settings;
    const { pid, machine } = place;
    return {
      name,
      bootId,
      version: VERSION,
      ageMs: Math.round(clock.monotonic() - this.#bornAt),
      pool: pool.kind,
      concurrency: this.#slots.concurrency,
      queues,
      weights,
      held,
      host: hostname(),
      pid,
      ...(machine === undefined ? undefined : { machine }),
      definitions: registry.definitions,
      appOptions: registry.appOptions,
      capacity: this.#capacity.tell(),
      frameLimit: PEER_FRAME_LIMIT,
    };
  }

  vitals(): WorkerVitals {
    const { gauge, pool } = this.#settings;
    const { taken, waiting, concurrency } = this.#slots;
    const measured = gauge?.measure(pool.rssBytes) ?? UNMEASURED;
    return { running: taken, waiting, concurrency, takes: this.#capacity.open, ...measured };
  }
}

/** What a hello says of the attempts that this worker holds, those that ended without an ack included. */
export interface HeldReport {
  readonly held: readonly HeldAttempt[];
  /** Progress that the hello had no room for, to be sent after the welcome. */
  readonly untold: readonly ProgressItem[];
}

/** An attempt whose report is not acked is held as well: else the gateway would run it again before it hears how it ended. */
export function describeHeld(attempts: readonly HeldAttempt[], unacked: readonly SettledItem[]): HeldReport {
  const untold: ProgressItem[] = [];
  let roomLeft = FRAME_SOFT_LIMIT;
  const held = attempts.map((attempt): HeldAttempt => {
    const [id, number, nonce, started, progress] = attempt;
    if (progress === null) return attempt;
    roomLeft -= jsonBytes(attempt);
    if (roomLeft >= 0) return attempt;
    untold.push([nonce, ...progress]);
    return [id, number, nonce, started, null];
  });
  const ended = unacked.map(([nonce, id, number]): HeldAttempt => [id, number, nonce, true, null]);
  return { held: [...held, ...ended], untold };
}
