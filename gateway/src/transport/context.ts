import type { Limits } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Broker } from '../broker/broker.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Gatekeeper } from './auth/gatekeeper.ts';
import type { OriginRules } from './auth/origin-guard.ts';
import type { Connections } from './connections.ts';

/** What every transport needs. */
export interface TransportContext {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly gatekeeper: Gatekeeper;
  readonly origins: OriginRules;
  readonly connections: Connections;
  readonly limits: Limits;
  /** The prefix of its paths: empty, or such as `/celeriac`. */
  readonly path: string;
}
