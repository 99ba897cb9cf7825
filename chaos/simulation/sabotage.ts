/** What may be broken on purpose, at the seams of a simulated gateway. Nothing of this exists outside it. */
import type { Broker, Engine } from '@celeriac/gateway/testing';
import type { WorkerFrame } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';

/** One gateway's life with something broken. */
export interface Sabotage {
  /** Between the broker and its engine. */
  readonly engine?: Engine;
  /** What the gateway hears of what a worker said; `null` where it hears nothing. */
  readonly hear?: (frame: WorkerFrame, connection: object) => WorkerFrame | null;
  /** A worker's connection has closed, and the gateway knows it. */
  readonly workerGone?: () => void;
  readonly started?: (broker: Broker) => void;
}

/** Called for every gateway that starts. */
export type Saboteur = (engine: Engine, clock: Clock) => Sabotage;

export const NOTHING_BROKEN: Saboteur = () => ({});

/** An engine of which some verbs are others. */
export function overridden(engine: Engine, verbs: Partial<Engine>): Engine {
  return new Proxy(engine, {
    get(target, name) {
      const own: unknown = Reflect.get(verbs, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
