/** What may be broken on purpose, at the seams of a simulated gateway. Nothing of this exists outside it. */
import type { Broker, Engine, Telemetry, WorkerConversation } from '@celeriac/gateway/testing';
import type { Clock } from '@celeriac/runtime';

export type WorkerSocket = ConstructorParameters<typeof WorkerConversation>[0];

export interface Tooth {
  /** Between the broker and its engine. */
  readonly engine?: (engine: Engine, clock: Clock) => Engine;
  /** What the broker takes for its clock. */
  readonly brokerClock?: (clock: Clock) => Clock;
  /** Between a worker's connection and what listens to it. */
  readonly workerSocket?: (socket: WorkerSocket, broker: Broker) => WorkerSocket;
  /** Called when a gateway has started. */
  readonly started?: (broker: Broker, telemetry: Telemetry) => void;
}

export const NOTHING_BROKEN: Tooth = {};
