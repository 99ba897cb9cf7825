import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { option, readOptions } from '@celeriac/protocol/internal';
import type { Clock, SignalOptions } from '@celeriac/runtime';
import type { Engine } from './engine/engine.ts';
import type { TelemetrySource } from './events/telemetry.ts';
import type { GatewayOptions, GatewayParts } from './gateway-options.ts';
import { GATEWAY_READERS, type GatewaySettings, settingsOf } from './gateway-settings.ts';
import { RunningGateway } from './running-gateway.ts';

/** The broker behind one port: clients on socket.io, workers on WebSocket, health on HTTP. */
export interface Gateway extends TelemetrySource, AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:7600`, with its `path`; set once started. */
  readonly url: string;
  /** The source of the events of {@link on}, to pass to code that needs nothing else. */
  readonly telemetry: TelemetrySource;
  /** Resolves when the gateway cannot continue, for example because the store can no longer write: stop, report why, and exit. */
  readonly failed: Promise<Error>;
  /**
   * Opens the store, listens, and accepts connections; only once.
   * @throws OptionError where there are no keys and `server` listens on an address that other machines can reach; if it begins to
   * listen on one later, the gateway stops, and `failed` says why
   * @throws OptionError where another gateway has the same `path` of `server`
   * @throws UsageError if it was started before, or in a thread or process of a worker's pool
   * @throws ClosedError where it is stopped meanwhile
   * @throws the reason of the signal, which stops the gateway when it aborts; an aborted one begins nothing
   * @throws when the address is taken, or the store cannot be opened
   * @example await gateway.start({ signal: AbortSignal.timeout(30_000) });
   */
  start(options?: SignalOptions): Promise<void>;
  /**
   * Disconnects everybody, commits open writes, closes. Idempotent. `await using gateway = createGateway()` does the same at the end
   * of its scope.
   * @param options `signal`: ends the wait, not the stop; if it is already aborted, nothing is stopped
   * @throws when the last writes cannot be committed; the signal's reason; OptionError for a bad option
   * @example process.once('SIGTERM', () => void gateway.stop());
   */
  stop(options?: SignalOptions): Promise<void>;
  /**
   * For the owner of `server`: answers `/healthz`, `/readyz` and `/metrics` below its `path`, and requests on the path of clients that
   * are not WebSockets.
   * @returns false if the request is not the gateway's
   * @example createServer((request, response) => gateway.handle(request, response) || answer(request, response));
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * For the owner of `server`: whether the gateway answers an upgrade, whoever else listens for them. One that it does not answer must be
   * ended by its owner's listener, or it stays open; where there is no listener, it is ended here while the gateway runs.
   * @example server.on('upgrade', (request, socket) => gateway.owns(request) || socket.destroy());
   */
  owns(request: IncomingMessage): boolean;
}

const OPTIONS = {
  server: option.part<Server>('an HTTP server', 'on', 'off', 'address'),
  clock: option.part<Clock>('a clock', 'now', 'monotonic', 'after'),
  random: option.callback<() => number>(),
  ...GATEWAY_READERS,
};

/**
 * Creates a gateway; opens nothing before `start()`. For its options see docs/configuration.md.
 * @throws OptionError for an unknown option, a bad value, or an address that other machines can reach without keys; UsageError if the options are not an object
 * @example
 * const gateway = createGateway({ port: 7600, store: 'sqlite:celeriac.db' });
 * gateway.on('workerLost', ({ worker, why }) => console.warn(worker, why));
 * await gateway.start();
 */
export function createGateway(given: GatewayOptions & GatewayParts = {}): Gateway {
  const { server, clock, random, ...options } = readOptions(given, OPTIONS, 'createGateway()');
  return gatewayWith(settingsOf(options), { server, clock, random });
}

/**
 * For callers that have already resolved the options.
 * @param engine where tasks are kept, if not in the one that `store` names
 * @internal
 */
export function gatewayWith(settings: GatewaySettings, given: GatewayParts = {}, engine?: Engine): Gateway {
  return new RunningGateway(settings, given, engine);
}
