import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ClosedError, UsageError } from '@celeriac/protocol';
import { CLIENT_PATH, DEFAULT_LIMITS, WORKER_PATH } from '@celeriac/protocol/internal';
import {
  abortable,
  assertOutsidePool,
  type Clock,
  readSignalOf,
  type Service,
  type SignalOptions,
  startAll,
  stopAll,
  systemClock,
} from '@celeriac/runtime';
import { HERE } from '@celeriac/runtime/node';
import { assembleBroker, type Broker } from './broker/broker.ts';
import type { Engine, Opened } from './engine/engine.ts';
import { openEngine } from './engine/open-engine.ts';
import { type Levels, Metrics } from './events/metrics.ts';
import { Telemetry, type TelemetryEvents, type TelemetrySource } from './events/telemetry.ts';
import type { GatewayParts } from './gateway-options.ts';
import { type GatewaySettings, rulesOf } from './gateway-settings.ts';
import { type Door, openDoor, refuseOpenDoor } from './transport/auth/door.ts';
import { Gatekeeper } from './transport/auth/gatekeeper.ts';
import { originRules } from './transport/auth/origin-guard.ts';
import { ClientEndpoint } from './transport/client/client-endpoint.ts';
import { Connections } from './transport/connections.ts';
import type { TransportContext } from './transport/context.ts';
import { answerFigures } from './transport/http/figures.ts';
import {
  answerHealth,
  answerNothing,
  answerPolling,
  type Readiness,
  readinessOf,
} from './transport/http/health.ts';
import { openHttpServer } from './transport/http/http-server.ts';
import { closeServer, listen, listeningHost, listeningUrl } from './transport/http/listening.ts';
import { pathsOf } from './transport/http/path.ts';
import { isUnder } from './transport/upgrades.ts';
import { WorkerEndpoint } from './transport/worker/worker-endpoint.ts';

/** How often workers must send a heartbeat; the lease tolerates five missed ones. */
const HEARTBEAT_MS = 5_000;

/** A gateway's life: new → starting → ready → stopping. What it does for its user stands at `Gateway`. */
export class RunningGateway {
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
  #clients: ClientEndpoint | undefined;
  readonly #ended = Promise.withResolvers<Error>();
  readonly #onListening = (): void => this.#checkDoor();
  #services: readonly Service[] = [];
  #started = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #phase: 'new' | 'starting' | 'ready' | 'stopping' = 'new';
  #url = '';

  constructor(options: GatewaySettings, { clock, random, server }: GatewayParts, engine?: Engine) {
    this.telemetry = { on: (...listening) => this.#telemetry.on(...listening) };
    this.#options = options;
    this.#clock = clock ?? systemClock;
    this.#random = random ?? Math.random;
    this.#engine = engine ?? openEngine(options.store, this.#clock);
    this.#connections = new Connections(options);
    this.#owned = server == null;
    this.#server = server ?? this.#makeServer();
    this.#door = openDoor(options, this.#clock, (why) =>
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

  async start(options: SignalOptions = {}): Promise<void> {
    const signal = readSignalOf(options, 'start()');
    signal?.throwIfAborted();
    if (this.#phase !== 'new') throw new UsageError('a gateway can be started only once');
    assertOutsidePool('a gateway');
    refuseOpenDoor(this.#settingsAsBound());
    this.#phase = 'starting';
    this.#started = this.#start();
    const stop = (): void => void this.stop();
    signal?.addEventListener('abort', stop);
    try {
      await abortable(signal, () => this.#started);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #start(): Promise<void> {
    const opened = await this.#engine.open();
    try {
      this.#assertStarting();
      const broker = this.#assemble(opened);
      this.#broker = broker;
      if (this.#owned) await listen(this.#server, this.#options.port, this.#options.host);
      this.#assertStarting();
      const address = listeningUrl(this.#server, this.#options.host);
      this.#url = address === '' ? '' : address + this.#path;
      // Its owner may have let it listen meanwhile, and may do so later.
      refuseOpenDoor(this.#settingsAsBound());
      if (!this.#owned) this.#server.on('listening', this.#onListening);
      this.#services = this.#linksOf(broker);
      await startAll(this.#services);
      this.#assertStarting();
    } catch (error) {
      // One that is to stop is closed there.
      if (this.#phase === 'starting') await this.#close();
      throw error;
    }
    this.#phase = 'ready';
    for (const path of this.#door.exposed) this.#telemetry.emit('keysExposed', { path });
    this.#telemetry.emit('listening', { url: this.#url });
  }

  /** @throws ClosedError where it is to stop already */
  #assertStarting(): void {
    if (this.#phase !== 'starting') throw new ClosedError('the gateway was stopped before it had started');
  }

  async stop(options: SignalOptions = {}): Promise<void> {
    const signal = readSignalOf(options, 'stop()');
    await abortable(signal, () => {
      this.#stopped ??= this.#stop();
      return this.#stopped;
    });
  }

  async #stop(): Promise<void> {
    this.#phase = 'stopping';
    // What is half open cannot be closed.
    await this.#started.catch(() => undefined);
    try {
      await this.#close();
    } finally {
      this.#telemetry.clear();
    }
  }

  async #close(): Promise<void> {
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
    const why = this.#phase === 'ready' ? undefined : `is ${this.#phase}`;
    return readinessOf(this.#broker, this.#engine.shortage.get(), why);
  }

  #levels(): Levels | undefined {
    const broker = this.#broker;
    if (broker === undefined) return undefined;
    return {
      clients: this.#clients?.connected ?? 0,
      workers: broker.roster.connected,
      held: broker.leases.size,
      waiting: this.#engine.waiting,
      stallMs: broker.deliveryWatchdog.stallMs,
      storageFull: this.#engine.shortage.get() !== null,
    };
  }

  #assemble(opened: Opened): Broker {
    const parts = { clock: this.#clock, random: this.#random, telemetry: this.#telemetry, place: HERE };
    return assembleBroker(parts, this.#engine, opened, rulesOf(this.#options));
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
    const workers = new WorkerEndpoint(this.#server, context, { leaseMs, heartbeatMs });
    this.#clients = new ClientEndpoint(this.#server, context, this.#random);
    return [broker, gatekeeper, workers, this.#clients];
  }
}
