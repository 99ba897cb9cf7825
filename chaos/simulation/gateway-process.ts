/** A gateway as one process of a simulation: the real broker and the real sessions of both links, without sockets. */
import {
  assembleBroker,
  type Broker,
  type BrokerRules,
  ClientSession,
  Connections,
  Gatekeeper,
  NO_LIMITS,
  OPEN_GRANT,
  openAuthenticator,
  Telemetry,
  type TransportContext,
  WorkerConversation,
} from '@celeriac/gateway/testing';
import { CALL_LIMIT, DEFAULT_LIMITS } from '@celeriac/protocol/internal';
import type { MachinePlace } from '@celeriac/runtime';
import type { Chance } from './chance.ts';
import type { Host } from './network.ts';
import type { ProcessClock } from './process-clock.ts';
import type { Sabotage, Saboteur } from './sabotage.ts';
import type { End } from './simulated-connection.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { clientSocket, workerSocket } from './sockets.ts';

export const SIMULATED_RULES: BrokerRules = {
  maxTokenAgeMs: 3_600_000,
  leaseMs: 30_000,
  graceMs: 5_000,
  payloadLimit: DEFAULT_LIMITS.payload,
  callLimit: CALL_LIMIT,
  knownQueues: null,
  maxDepth: 1_000_000,
  maxQueues: 1_000_000,
  maxLanes: 1_000_000,
  listedQueues: new Set(['default']),
  maxTombstones: 100_000,
  backupFolder: null,
  retention: { keepResults: true, resultMs: 86_400_000 },
};
export const HEARTBEAT_MS = 5_000;

/** The network's side of a worker's connection, of which there is none here. */
const UNCOUNTED = {
  address: 'simulated',
  watch() {},
  letIn() {},
  onDrain() {},
  together: (write: () => void): void => write(),
  hangUp() {},
};

const GOING_DOWN = { code: 4503, reason: 'the gateway is shutting down' };
const CLOSE_PATIENCE_MS = 1_000;

export interface GatewayEvents {
  /** It ends by itself: its engine cannot go on. */
  died(): void;
  /** Something failed inside that nobody else would hear of. */
  failed(service: string, error: unknown): void;
}

export class GatewayProcess implements Host {
  readonly clock: ProcessClock;
  readonly telemetry = new Telemetry();
  readonly #engine: SimulatedEngine;
  readonly #chance: Chance;
  readonly #sabotage: Sabotage;
  readonly #place: MachinePlace;
  readonly #waiting: { readonly guest: string; readonly end: End }[] = [];
  readonly #ends = new Set<End>();
  #broker: Broker | undefined;
  #context: TransportContext | undefined;
  #stopping = false;

  constructor(
    disk: SimulatedDisk,
    clock: ProcessClock,
    chance: Chance,
    saboteur: Saboteur,
    place: MachinePlace,
    events: GatewayEvents,
  ) {
    this.#place = place;
    this.clock = clock;
    this.#chance = chance;
    this.#engine = new SimulatedEngine(disk, clock, chance);
    this.#sabotage = saboteur(this.#engine, clock);
    this.telemetry.on('serviceFailed', ({ service, error }) => events.failed(service, error));
    void this.#engine.failed.then(() => {
      if (this.clock.alive) events.died();
    });
  }

  get open(): boolean {
    return this.clock.alive && !this.#stopping;
  }

  get broker(): Broker | undefined {
    return this.#broker;
  }

  get engine(): SimulatedEngine {
    return this.#engine;
  }

  async start(): Promise<void> {
    const { engine = this.#engine, started } = this.#sabotage;
    const opened = await engine.open();
    const outside = {
      clock: this.clock,
      random: this.#chance.unit,
      telemetry: this.telemetry,
      place: this.#place,
    };
    this.#broker = assembleBroker(outside, engine, opened, SIMULATED_RULES);
    this.#context = {
      broker: this.#broker,
      clock: this.clock,
      telemetry: this.telemetry,
      gatekeeper: new Gatekeeper(
        { clock: this.clock, authenticate: openAuthenticator, broker: this.#broker },
        NO_LIMITS,
      ),
      origins: { hosts: [], origins: [] } as unknown as TransportContext['origins'],
      // No network, and nobody comes through a door.
      connections: new Connections({
        maxConnections: 1_000,
        maxConnectionsPerAddress: 1_000,
        maxPending: 1_000,
      }),
      limits: DEFAULT_LIMITS,
      path: '',
    };
    await this.#broker.start();
    started?.(this.#broker);
    for (const { guest, end } of this.#waiting.splice(0)) this.accept(guest, end);
  }

  accept(guest: string, end: End): void {
    if (this.#stopping) {
      end.terminate();
      return;
    }
    if (this.#context === undefined) {
      this.#waiting.push({ guest, end });
      return;
    }
    this.#ends.add(end);
    if (guest.startsWith('worker')) this.#acceptWorker(end, this.#context);
    else
      new ClientSession(
        clientSocket(end, this.#context.gatekeeper.enter(OPEN_GRANT), (callback) =>
          this.clock.soon(callback),
        ),
        this.#context,
      ).open();
  }

  #acceptWorker(end: End, context: TransportContext): void {
    const socket = workerSocket(end, this.#sabotage);
    new WorkerConversation(socket, UNCOUNTED, context, {
      leaseMs: SIMULATED_RULES.leaseMs,
      heartbeatMs: HEARTBEAT_MS,
    }).begin();
  }

  kill(): void {
    this.clock.kill();
  }

  /** SIGTERM: hangs up, commits what is open, ends. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const end of this.#ends) end.close(GOING_DOWN, CLOSE_PATIENCE_MS);
    await this.#broker?.stop();
    await this.#engine.close();
    this.clock.after(CLOSE_PATIENCE_MS, () => this.clock.kill());
  }
}
