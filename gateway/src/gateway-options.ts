import type { Server } from 'node:http';
import type { Duration } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';

/**
 * What `createGateway()` takes. Each is also a flag of `celeriac gateway` and an environment variable: see docs/configuration.md.
 * Durations are seconds, or strings with a unit.
 */
export interface GatewayOptions {
  /**
   * The address to listen on.
   * @default `'127.0.0.1'`
   */
  readonly host?: string | null | undefined;
  /**
   * The port to listen on; 0 takes a free one.
   * @default 7600
   */
  readonly port?: number | null | undefined;
  /**
   * The path below which everything is served, such as `'/celeriac'`: part of the URL of clients and workers.
   * @default `'/'`
   */
  readonly path?: string | null | undefined;
  /**
   * Where tasks are kept: `'memory'`, or `'sqlite:PATH'`.
   * @default `'sqlite:celeriac.db'`
   */
  readonly store?: string | null | undefined;
  /**
   * Whether results are kept for later requests, or only pushed live.
   * @default `'keep'`
   */
  readonly results?: 'keep' | 'none' | null | undefined;
  /**
   * How long results are kept: seconds, or such as `'12h'`.
   * @default `'1d'`
   */
  readonly resultExpires?: Duration | null | undefined;
  /**
   * How many of the newest ids are remembered for a day after their results expired; all ids are remembered for a minute.
   * @default 100,000
   */
  readonly maxTombstones?: number | null | undefined;
  /**
   * The folder on this machine that `app.control.backup()` may write to.
   * @default the folder of the store
   */
  readonly backupFolder?: string | null | undefined;
  /**
   * Whether queues are created on first use; otherwise only listed queues and those of workers are accepted.
   * @default true
   */
  readonly createMissingQueues?: boolean | null | undefined;
  /**
   * Queues that are always accepted, even if queues are not created on first use.
   * @default `['default']`
   */
  readonly knownQueues?: readonly string[] | null | undefined;
  /**
   * How many tasks may wait in one queue before further calls are refused (`QUEUE_FULL`).
   * @default 10,000,000
   */
  readonly maxDepth?: number | null | undefined;
  /**
   * How many queues may have waiting tasks; then no others are created on first use, but listed ones and those of workers are
   * still accepted.
   * @default 50,000
   */
  readonly maxQueues?: number | null | undefined;
  /**
   * Keys that sign tokens, each of at least 32 characters; several, so that a key can be replaced.
   * @default none
   */
  readonly keys?: readonly string[] | null | undefined;
  /**
   * Files of such keys: one KID:SECRET or SECRET per line, or a JWK Set of oct keys.
   * @default none
   */
  readonly keyFiles?: readonly string[] | null | undefined;
  /**
   * Public keys of an identity provider (RS256, ES256, EdDSA): a JWK Set, in a file or at an https URL. Requires
   * `tokenIssuer`.
   * @default none
   */
  readonly jwks?: string | null | undefined;
  /**
   * The `iss` of the tokens of `jwks`; without `jwks` that of tokens signed with keys.
   * @default none; without `jwks` `'celeriac'`
   */
  readonly tokenIssuer?: string | null | undefined;
  /**
   * The `aud` of the same tokens.
   * @default `'celeriac-gateway'`
   */
  readonly tokenAudience?: string | null | undefined;
  /**
   * The claim of the same tokens that holds the scopes, as a string or a list.
   * @default `'scope'`
   */
  readonly scopeClaim?: string | null | undefined;
  /**
   * How long a token may be valid, from when it was issued: seconds, or such as `'30d'`.
   * @default `'90d'`
   */
  readonly maxTokenAge?: Duration | null | undefined;
  /**
   * Whether it may listen on an address other than loopback without keys.
   * @default false
   */
  readonly insecure?: boolean | null | undefined;
  /**
   * Origins of pages that may connect, in addition to the gateway's own; `'*'` is any.
   * @default none
   */
  readonly allowOrigin?: readonly string[] | null | undefined;
  /**
   * Host names that requests may use, in addition to those of loopback.
   * @default none
   */
  readonly allowHost?: readonly string[] | null | undefined;
  /**
   * How many calls per second one token subject may make, over all its connections; a token may lower this and the
   * next three.
   * @default no limit
   */
  readonly callsPerSecond?: number | null | undefined;
  /**
   * How many calls of one subject may be unfinished at a time.
   * @default no limit
   */
  readonly callsInFlight?: number | null | undefined;
  /**
   * How many connections one subject may have open, of clients and workers.
   * @default no limit
   */
  readonly connectionsPerSubject?: number | null | undefined;
  /**
   * How many tasks of others one subject may watch at a time.
   * @default no limit
   */
  readonly watchesPerSubject?: number | null | undefined;
  /**
   * How many clients and workers may be connected at a time.
   * @default 50,000
   */
  readonly maxConnections?: number | null | undefined;
  /**
   * How many connections may come from one address (for IPv6, from one /64 network); behind a proxy all have the address of the
   * proxy.
   * @default 20,000
   */
  readonly maxConnectionsPerAddress?: number | null | undefined;
  /**
   * How many connections of one address may be without an accepted token; of all addresses four times as many.
   * @default 2,500
   */
  readonly maxPending?: number | null | undefined;
  /**
   * How long a silent worker keeps its tasks: seconds, at least 5, or such as `'1m'`.
   * @default `'30s'`
   */
  readonly lease?: Duration | null | undefined;
  /**
   * How long a disconnected worker may take to reconnect: seconds, or such as `'10s'`.
   * @default `'5s'`
   */
  readonly grace?: Duration | null | undefined;
}

/** Parts that a gateway can be given, in addition to its options. */
export interface GatewayParts {
  /**
   * An HTTP server to run on; its owner makes it listen, closes it, and calls `handle`.
   * @default one of its own
   */
  readonly server?: Server | null | undefined;
  /**
   * The clock, for tests.
   * @default the machine's clock
   */
  readonly clock?: Clock | null | undefined;
  /**
   * From 0 to below 1, for nonces and jitter; for tests.
   * @default `Math.random`
   */
  readonly random?: (() => number) | null | undefined;
}
