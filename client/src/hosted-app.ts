/** An app as a worker hosts it: recognised by its brand, whichever installed copy of this package made it. */

import type { ProtocolRange } from '@celeriac/protocol';
import type { ErrorRegistry, WireTaskOptions } from '@celeriac/protocol/internal';
import type { OpenTransport } from './connection/transport.ts';
import type { HostedTask, TokenSource } from './hosting.ts';

/**
 * The brand of an app.
 * @internal
 */
export const APP: unique symbol = Symbol.for('celeriac.app');

/**
 * Where the calls go that the tasks of a hosted app make.
 * @internal
 */
export interface HostedAccess {
  readonly url: string;
  readonly token: TokenSource;
  /** Only a token that has ended is final there. Default false. */
  readonly outlastsRefusals?: boolean | undefined;
  /** How to get there, where another than this app keeps the connection. */
  readonly openTransport?: OpenTransport | undefined;
}

/**
 * An app as a worker hosts it; found under `app[APP]`.
 * @internal
 */
export interface HostedApp {
  readonly protocol: ProtocolRange;
  readonly options: WireTaskOptions;
  readonly tasks: ReadonlyMap<string, HostedTask>;
  /** Queues that its routes name; an older copy of the client does not say. */
  readonly routedQueues?: readonly string[];
  readonly registeredErrors: ErrorRegistry;
  /** From now on calls made by tasks go to the worker's gateway with the worker's token. */
  host(access: HostedAccess): void;
  /** Sends what is not confirmed yet, then closes the app's connection. */
  close(): Promise<void>;
}

/**
 * @returns what the app shows to workers, or `undefined` when `value` is no app of any copy
 * @internal
 */
export function hostedApp(value: unknown): HostedApp | undefined {
  if (typeof value !== 'object' || value === null || !(APP in value)) return undefined;
  return value[APP] as HostedApp;
}
