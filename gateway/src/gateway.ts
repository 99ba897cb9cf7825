import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  CALL_LIMIT,
  CLIENT_PATH,
  DEFAULT_LIMITS,
  option,
  readOptions,
  WORKER_PATH,
} from '@celeriac/protocol/internal';
import {
  assertOutsidePool,
  type Clock,
  type Service,
  type SignalOptions,
  startAll,
  stopAll,
  systemClock,
} from '@celeriac/runtime';
import { HERE } from '@celeriac/runtime/node';
import { assembleBroker, type Broker } from './broker/broker.ts';
import { GATEWAY_READERS, settingsOf } from './config.ts';
import type { Engine } from './engine/engine.ts';
import { openEngine } from './engine/open-engine.ts';
import { type Levels, Metrics } from './events/metrics.ts';
import { Telemetry, type TelemetryEvents, type TelemetrySource } from './events/telemetry.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { type GatewaySettings, originRules, refuseOpenDoor } from './gateway-settings.ts';
import { type Door, openDoor } from './transport/auth/door.ts';
import { Gatekeeper } from './transport/auth/gatekeeper.ts';
import { ClientLink } from './transport/client/client-link.ts';
import { Connections } from './transport/connections.ts';
import type { TransportContext } from './transport/context.ts';
import { answerFigures } from './transport/http/figures.ts';
import { answerHealth, answerNothing, answerPolling, type Readiness } from './transport/http/health.ts';
import { openHttpServer } from './transport/http/http-server.ts';
import { closeServer, listen, listeningHost, listeningUrl } from './transport/http/listening.ts';
import { pathsOf } from './transport/http/path.ts';
import { isUnder } from './transport/upgrades.ts';
import { WorkerLink } from './transport/worker/worker-link.ts';

/** How often workers must send a heartbeat; the lease tolerates five missed ones. */
const HEARTBEAT_MS = 5_000;

/** How many lanes may have waiting tasks, per queue that may be named. */
const LANES_PER_QUEUE = 2;

/** What a gateway is made of besides its options. */
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
   * @throws UsageError in a thread or process of a worker's pool
   * @throws when the address is taken, or the store cannot be opened
   */
  start(): Promise<void>;
  /**
   * Disconnects everybody, commits open writes, closes. Idempotent. `await using gateway = createGateway()` does the same at the end
   * of its scope.
   */
  stop(): Promise<void>;
  /** For the owner of `server`: answers `/healthz`, `/readyz` and `/metrics` below its `path`, and requests on the client link's path that are not WebSockets. @returns false if the request is not the gateway's */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * For the owner of `server`: whether the gateway answers an upgrade, whoever else listens for them. One that it does not answer must be
   * ended by its owner's listener, or it stays open; where there is no listener, it is ended here while the gateway runs.
   */
  owns(request: IncomingMessage): boolean;
}

const OPTIONS = {
  server: option.part<Server>('an HTTP server'),
  clock: option.part<Clock>('a clock'),
  random: option.callback<() => number>(),
  ...GATEWAY_READERS,
};

/**
 * Creates a gateway; opens nothing before `start()`. For its options see docs/configuration.md.
 * @throws OptionError for an unknown option, a bad value, or an address that other machines can reach without keys; UsageError if the options are not an object
 * @example
 * const gateway = createGateway({ port: 7600, store: 'celeriac.db' });
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
  const { server, clock, random } = given;
  const parts = { clock: clock ?? systemClock, random: random ?? Math.random };
  return new GatewayProcess(settings, parts, engine, server ?? undefined);
}

class GatewayProcess implements Gateway {
  readonly telemetry: TelemetrySource;
  readonly failed: Promise<Error>;
  readonly #telemetry = new Telemetry();
  readonly #options: GatewaySettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #engine: Engine;
  readonly #server: Server;
  readonly #owned: boolean;
  readonly #door: Door;
  readonly #metrics: Metrics;
  readonly #connections: Connections;
  #broker: Broker | undefined;
  #gatekeeper: Gatekeeper | undefined;
  #clients: ClientLink | undefined;
  readonly #ended = Promise.withResolvers<Error>();
  readonly #onListening = (): void => this.#checkDoor();
  #services: readonly Service[] = [];
  #phase: 'new' | 'starting' | 'ready' | 'stopping' = 'new';
  #url = '';

  constructor(
    options: GatewaySettings,
    parts: { readonly clock: Clock; readonly random: () => number },
    engine: Engine | undefined,
    server: Server | undefined,
  ) {
    this.telemetry = { on: (...listening) => this.#telemetry.on(...listening) };
    this.#options = options;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#engine = engine ?? openEngine(options.store, parts.clock);
    this.#connections = new Connections(options);
    this.#owned = server === undefined;
    this.#server = server ?? this.#makeServer();
    this.#door = openDoor(options, parts.clock, (why) =>
      this.#telemetry.emit('keysUnreadable', { source: options.jwks ?? '', why }),
    );
    this.#metrics = new Metrics(this.#telemetry, () => this.#levels());
    this.#engine.shortage.subscribe((why) => this.#telemetry.emit('shortage', { why }));
    this.failed = Promise.race([this.#engine.failed, this.#ended.promise]);
    void this.failed.then((error) => this.#telemetry.emit('engineFailed', { error }));
  }

  get url(): string {
    return this.#url;
  }

  on<Event extends keyof TelemetryEvents>(
    event: Event,
    listener: (...facts: TelemetryEvents[Event]) => void,
    options?: SignalOptions,
  ): () => void {
    return this.#telemetry.on(event, listener, options);
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new Error('a gateway can be started only once');
    assertOutsidePool('a gateway');
    refuseOpenDoor(this.#settingsAsBound());
    this.#phase = 'starting';
    const opened = await this.#engine.open();
    try {
      const broker = this.#assemble(opened);
      this.#broker = broker;
      if (this.#owned) await listen(this.#server, this.#options.port, this.#options.host);
      const address = listeningUrl(this.#server, this.#options.host);
      this.#url = address === '' ? '' : address + this.#path;
      // Its owner may have let it listen meanwhile, and may do so later.
      refuseOpenDoor(this.#settingsAsBound());
      if (!this.#owned) this.#server.on('listening', this.#onListening);
      this.#services = this.#linksOf(broker);
      await startAll(this.#services);
    } catch (error) {
      this.#server.off('listening', this.#onListening);
      await this.#engine.close();
      throw error;
    }
    this.#phase = 'ready';
    for (const path of this.#door.exposed) this.#telemetry.emit('keysExposed', { path });
    this.#telemetry.emit('listening', { url: this.#url });
  }

  async stop(): Promise<void> {
    if (this.#phase === 'stopping') return;
    this.#phase = 'stopping';
    this.#server.off('listening', this.#onListening);
    await stopAll(this.#services);
    await this.#engine.close();
    if (this.#owned) await closeServer(this.#server);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Its owner may let the server listen after the start. No connection has been taken when this is told of. */
  #checkDoor(): void {
    try {
      refuseOpenDoor(this.#settingsAsBound());
    } catch (error) {
      this.#ended.resolve(error as Error);
      void this.stop();
    }
  }

  /** With the address that the owner's server listens on, instead of the options, which do not apply. */
  #settingsAsBound(): GatewaySettings {
    const host = this.#owned ? null : listeningHost(this.#server);
    return host === null ? this.#options : { ...this.#options, host };
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const origins = originRules(this.#options);
    const path = this.#path;
    return (
      answerHealth(request, response, { origins, path }, () => this.#readiness()) ||
      answerPolling(request, response, path) ||
      (this.#phase === 'ready' &&
        answerFigures(request, response, {
          origins,
          path,
          authenticate: (token) =>
            (this.#gatekeeper ?? { identify: this.#door.authenticate }).identify(token),
          metrics: () => this.#metrics,
        }))
    );
  }

  owns(request: IncomingMessage): boolean {
    const ours = [this.#path + WORKER_PATH, `${this.#path}${CLIENT_PATH}/`];
    return (
      this.#phase === 'ready' && pathsOf(request).some((asked) => ours.some((path) => isUnder(path, asked)))
    );
  }

  /** As the prefix of each of the gateway's paths. */
  get #path(): string {
    return this.#options.path === '/' ? '' : this.#options.path;
  }

  #makeServer(): Server {
    const server = openHttpServer((request, response) => this.#answer(request, response));
    server.on('connection', (socket) => {
      const refusal = this.#connections.arrive(socket);
      if (refusal === null) return;
      const { code, message } = refusal;
      this.#telemetry.emit('clientRefused', { code, message, from: socket.remoteAddress ?? 'unknown' });
      socket.destroy();
    });
    // An upgrade that is neither link's would stay open for ever: nobody answers it.
    return server.on('upgrade', (request, socket) => {
      if (!this.owns(request)) socket.destroy();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (!this.handle(request, response)) answerNothing(request, response, originRules(this.#options));
  }

  #readiness(): Readiness {
    const watchdog = this.#broker?.deliveryWatchdog;
    const stallMs = Math.round(watchdog?.stallMs ?? 0);
    if (this.#phase !== 'ready') return { ready: false, why: `is ${this.#phase}`, stallMs };
    if (watchdog?.stalled)
      return { ready: false, why: 'delivers nothing although tasks and workers are waiting', stallMs };
    const shortage = this.#engine.shortage.get();
    if (shortage !== null) return { ready: false, why: `has no room: ${shortage}`, stallMs };
    const suspects = this.#broker?.suspectsHeldBack ?? 0;
    const held =
      suspects === 0
        ? ''
        : `; tasks lost with their workers that wait to be tried one at a time: ${suspects}`;
    return { ready: true, why: `takes work${held}`, stallMs };
  }

  #levels(): Levels | undefined {
    const broker = this.#broker;
    if (broker === undefined) return undefined;
    return {
      clients: this.#clients?.connected ?? 0,
      workers: broker.roster.connected,
      held: broker.held,
      waiting: this.#engine.waiting,
      stallMs: broker.deliveryWatchdog.stallMs,
      storageFull: this.#engine.shortage.get() !== null,
    };
  }

  #assemble(opened: Awaited<ReturnType<Engine['open']>>): Broker {
    const {
      leaseMs,
      graceMs,
      results,
      resultExpiresMs,
      maxTombstones,
      backupFolder,
      createMissingQueues,
      knownQueues,
      maxDepth,
      maxQueues,
    } = this.#options;
    return assembleBroker(
      { clock: this.#clock, random: this.#random, telemetry: this.#telemetry, place: HERE },
      this.#engine,
      opened,
      {
        leaseMs,
        graceMs,
        payloadLimit: DEFAULT_LIMITS.payload,
        callLimit: CALL_LIMIT,
        maxTombstones,
        backupFolder,
        maxDepth,
        maxQueues,
        maxLanes: LANES_PER_QUEUE * maxQueues,
        listedQueues: new Set(knownQueues),
        knownQueues: createMissingQueues ? null : new Set(knownQueues),
        retention: { keepResults: results === 'keep', resultMs: resultExpiresMs },
        maxTokenAgeMs: this.#options.maxTokenAgeMs,
      },
    );
  }

  #linksOf(broker: Broker): readonly Service[] {
    const { leaseMs, callsPerSecond, callsInFlight, connectionsPerSubject, watchesPerSubject } =
      this.#options;
    const gatekeeper = new Gatekeeper(
      { clock: this.#clock, authenticate: this.#door.authenticate, broker },
      { callsPerSecond, callsInFlight, connections: connectionsPerSubject, watches: watchesPerSubject },
    );
    this.#gatekeeper = gatekeeper;
    const context: TransportContext = {
      broker,
      clock: this.#clock,
      telemetry: this.#telemetry,
      gatekeeper,
      origins: originRules(this.#options),
      connections: this.#connections,
      limits: DEFAULT_LIMITS,
      path: this.#path,
    };
    const heartbeatMs = Math.min(HEARTBEAT_MS, Math.ceil(leaseMs / 6));
    const workers = new WorkerLink(this.#server, context, { leaseMs, heartbeatMs });
    this.#clients = new ClientLink(this.#server, context, this.#random);
    return [broker, workers, this.#clients];
  }
}
