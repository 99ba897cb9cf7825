/** What all options together are, as they are given and once they are filled in, and what follows from several of them. */
import { OptionError } from '@celeriac/protocol';
import { type DoorSettings, isOpen } from './transport/auth/door.ts';
import { isLoopback, LOOPBACK_HOSTS, type OriginRules } from './transport/auth/origin-guard.ts';

/**
 * What a gateway works with: everything filled in, and checked.
 * @internal
 */
export interface GatewaySettings extends DoorSettings {
  /** The address that it listens on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Below which everything of it is: links, health, metrics. `/`, or such as `/celeriac`. */
  readonly path: string;
  /** `memory`, or `sqlite:PATH`. */
  readonly store: string;
  /** `'keep'`, or `'none'`. */
  readonly results: 'keep' | 'none';
  /** How long results are kept, in milliseconds. */
  readonly resultExpiresMs: number;
  /** How many ids of tasks whose results went are still known, after a minute. */
  readonly maxTombstones: number;
  /** Where backups are written to that clients ask for; `null`: the folder of the store. */
  readonly backupFolder: string | null;
  /** Whether a queue is made by naming it; otherwise it must be listed, or some worker must consume it. */
  readonly createMissingQueues: boolean;
  /** Queues that exist before anybody uses them. */
  readonly knownQueues: readonly string[];
  /** How many tasks may wait in one queue; further calls are refused for as long. */
  readonly maxDepth: number;
  /** Queues in which tasks may wait at a time. */
  readonly maxQueues: number;
  /** Allows another address than loopback without keys. */
  readonly insecure: boolean;
  /** Pages that may connect, by their origins. */
  readonly allowOrigin: readonly string[];
  /** Names that it may be called by. */
  readonly allowHost: readonly string[];
  /** How often one subject may call, over all its connections; `null` is no limit. A token may lower it, as the next three. */
  readonly callsPerSecond: number | null;
  /** How many of its calls may be unfinished. */
  readonly callsInFlight: number | null;
  /** How many connections it may have open, of clients and workers. */
  readonly connectionsPerSubject: number | null;
  /** How many tasks of others it may watch. */
  readonly watchesPerSubject: number | null;
  /** Connections of both links at a time. */
  readonly maxConnections: number;
  /** The same of one address (of one /64 network, where it is IPv6). */
  readonly maxConnectionsPerAddress: number;
  /** Connections of one address whose token has not been accepted yet; of all addresses four times as many. */
  readonly maxPending: number;
  /** How long a worker that is not heard of keeps its tasks. */
  readonly leaseMs: number;
  /** How long a worker whose connection closed may take to come back. */
  readonly graceMs: number;
}

/** A setting in milliseconds is given as a duration, by its name without the unit. */
export type OptionName<Key> = Key extends `${infer Name}Ms` ? Name : Key;
/**
 * Each option may be valid by itself and invalid in combination.
 * @throws OptionError naming the option
 */
export function refuseUnfit(settings: GatewaySettings): void {
  refuseOpenDoor(settings);
  if (settings.jwks !== null && settings.tokenIssuer === null) {
    throw new OptionError(
      'jwks',
      'expected --token-issuer together with --jwks: it says whose tokens are accepted',
    );
  }
}

/**
 * Anybody who reaches an open gateway may run tasks, so it is reached from this machine only.
 * @throws OptionError where others could reach it
 */
export function refuseOpenDoor(settings: GatewaySettings): void {
  const { host, insecure } = settings;
  if (isLoopback(host) || !isOpen(settings) || insecure) return;
  throw new OptionError(
    'host',
    `refusing to listen on ${host} without keys: give --key SECRET, or --insecure to let anyone in`,
  );
}

/**
 * On loopback any other host name is a rebound one. Elsewhere names are the operator's business, unless listed.
 * @internal
 */
export function originRules({ host, allowHost, allowOrigin }: GatewaySettings): OriginRules {
  const hosts = isLoopback(host) ? [...LOOPBACK_HOSTS, ...allowHost] : allowHost;
  return { allowOrigin, allowHost: hosts.length === 0 ? null : hosts.map((name) => name.toLowerCase()) };
}
