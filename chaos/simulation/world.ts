/** The processes of one simulation, and what is between them. */
import { LAZY_MS } from '@celeriac/gateway/testing';
import type { MachinePlace } from '@celeriac/runtime';
import type { Entry } from '../history/entry.ts';
import { HistoryRecorder } from '../history/history-recorder.ts';
import { Chance } from './chance.ts';
import { ClientProcess } from './client-process.ts';
import type { PlannedFault } from './fault-plan.ts';
import { GatewayProcess, HEARTBEAT_MS, SIMULATED_RULES } from './gateway-process.ts';
import { Network } from './network.ts';
import { ProcessClock } from './process-clock.ts';
import { NetworkRoute } from './route.ts';
import type { Saboteur } from './sabotage.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { FAST, type Realm, SimulatedNemesis, type Victim } from './simulated-nemesis.ts';
import { STARTS_AT, Time } from './time.ts';
import { WorkerProcess } from './worker-process.ts';

/** Where all workers run. */
const MACHINE = 'one for all';

export class SimulatedWorld implements Realm {
  readonly time = new Time();
  readonly history: Entry[] = [];
  /** What failed inside a gateway; nothing should. */
  readonly failures: string[] = [];
  readonly routes = new Map<string, NetworkRoute>();
  readonly disk: SimulatedDisk;
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #saboteur: Saboteur;
  readonly #slots: number | undefined;
  readonly #network: Network;
  readonly #nemesis: SimulatedNemesis;
  readonly #outside: HistoryRecorder;
  readonly #workers = new Map<string, WorkerProcess>();
  /** Of all workers that ever ran. */
  readonly #pids = new Map<number, ProcessClock>();
  readonly #clients = new Map<string, ClientProcess>();
  readonly #recorders = new Map<string, HistoryRecorder>();
  #gateway: GatewayProcess | undefined;
  #boots = 0;

  /** @param slots of each worker; left out, as each start of one draws them */
  constructor(seed: number, saboteur: Saboteur, slots?: number) {
    this.#seed = seed;
    this.#saboteur = saboteur;
    this.#slots = slots;
    this.#chance = new Chance(seed, 'world');
    this.disk = new SimulatedDisk(`store of ${seed}`);
    this.#network = new Network(this.time, new Chance(seed, 'network'));
    const clock = { monotonic: () => this.time.now, now: () => STARTS_AT + this.time.now };
    this.#outside = this.#recorder('nemesis', clock);
    this.#nemesis = new SimulatedNemesis(this, this.#outside, new Chance(seed, 'nemesis'));
    this.#outside.say({
      kind: 'setup',
      seed,
      leaseMs: SIMULATED_RULES.leaseMs,
      graceMs: SIMULATED_RULES.graceMs,
      heartbeatMs: HEARTBEAT_MS,
      // Two trips, a commit under way, the wait for company, and the commit itself.
      lazyMs: LAZY_MS + 4 * FAST.syncMs,
      stallMs: 2_000,
      faultyStallMs: 35_000,
      memoryLimit: null,
    });
  }

  get gateway(): GatewayProcess | undefined {
    return this.#gateway;
  }

  /** Whether every handle has settled and no body runs. */
  get idle(): boolean {
    const clients = [...this.#clients.values()].every(({ idle, clock }) => idle || !clock.alive);
    return clients && [...this.#workers.values()].every(({ idle }) => idle);
  }

  /** Of all that ever reached the engine. */
  get taskIds(): ReadonlySet<string> {
    return this.disk.ids;
  }

  process(name: string): Victim | undefined {
    return name === 'gateway' ? this.#gateway : (this.#workers.get(name) ?? this.#clients.get(name));
  }

  route(name: string): NetworkRoute {
    let route = this.routes.get(name);
    if (route === undefined) {
      route = new NetworkRoute(FAST);
      this.routes.set(name, route);
    }
    return route;
  }

  restart(name: string): void {
    if (this.process(name)?.clock.alive === true) return;
    if (name === 'gateway') this.startGateway();
    else if (name.startsWith('worker')) this.startWorker(name);
    else this.startClient(name);
  }

  startGateway(): void {
    // A machine whose clock is wrong is wrong after a restart as well.
    const clock = this.#clock(this.#gateway?.clock.wallOffset ?? STARTS_AT);
    const chance = new Chance(this.#seed, `gateway ${this.#boots++}`);
    const gateway: GatewayProcess = new GatewayProcess(
      this.disk,
      clock,
      chance,
      this.#saboteur,
      this.#place,
      {
        died: () => this.#nemesis.failed(gateway),
        failed: (service, error) => {
          if (clock.alive && !isEngineFailure(error)) this.fail(service, error);
        },
      },
    );
    this.#gateway = gateway;
    this.#network.host = gateway;
    void gateway.start();
  }

  /** One gateway in three is on the workers' machine, and sees which of them are no more. */
  get #place(): MachinePlace {
    const machine = this.#seed % 3 === 2 ? MACHINE : 'its own';
    return { pid: 0, machine, hasEnded: (pid) => this.#hasEnded(pid) };
  }

  #hasEnded(pid: number): boolean {
    return this.#pids.get(pid)?.alive !== true;
  }

  startWorker(name: string): void {
    const boot = this.#boots++;
    const pid = boot + 1;
    const settings = {
      name,
      bootId: `boot ${boot}`,
      place: { pid, machine: MACHINE, hasEnded: (other: number) => this.#hasEnded(other) },
      concurrency: this.#slots ?? this.#chance.between(1, 3),
      prefetch: this.#slots === undefined ? this.#chance.oneOf([0, 0, 1, 4]) : 0,
    };
    const clock = this.#clock(STARTS_AT);
    this.#pids.set(pid, clock);
    const worker = new WorkerProcess(settings, {
      clock,
      recorder: this.#recorder(name, clock),
      chance: new Chance(this.#seed, `${name} ${boot}`),
      network: this.#network,
      route: this.route(name),
      die: () => this.#nemesis.poisoned(name),
    });
    this.#workers.set(name, worker);
    worker.start();
  }

  startClient(name: string): ClientProcess {
    const clock = this.#clock(STARTS_AT);
    const client = new ClientProcess(name, {
      clock,
      recorder: this.#recorder(name, clock),
      chance: new Chance(this.#seed, `${name} ${this.#boots++}`),
      network: this.#network,
      route: this.route(name),
    });
    this.#clients.set(name, client);
    return client;
  }

  /** `undefined` while it is down. */
  client(name: string): ClientProcess | undefined {
    const client = this.#clients.get(name);
    return client?.clock.alive === true ? client : undefined;
  }

  strike(fault: PlannedFault): void {
    this.#nemesis.strike(fault);
  }

  /** Everything is mended, and whoever is dead is started again. */
  heal(): void {
    const gateway = this.#gateway === undefined ? [] : ([['gateway', this.#gateway]] as const);
    this.#nemesis.heal(new Map<string, Victim>([...gateway, ...this.#workers, ...this.#clients]));
    for (const name of ['gateway', ...this.#workers.keys()]) this.restart(name);
  }

  milestone(name: 'healed' | 'drained'): void {
    this.#outside.say({ kind: 'milestone', name });
  }

  residue(residue: Readonly<Record<string, number>>): void {
    this.#outside.say({ kind: 'sample', memory: null, residue });
  }

  fail(where: string, error: unknown): void {
    this.failures.push(
      `${where} at ${this.time.now}: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }

  #clock(offset: number): ProcessClock {
    return new ProcessClock(this.time, offset, () => this.#chance.happens(0.5));
  }

  /** A process that is started again goes on counting its operations, on a clock of its own. */
  #recorder(name: string, clock: Pick<ProcessClock, 'now' | 'monotonic'>): HistoryRecorder {
    const recorder = new HistoryRecorder(
      name,
      clock,
      (entry) => this.history.push(entry),
      this.#recorders.get(name),
    );
    this.#recorders.set(name, recorder);
    return recorder;
  }
}

function isEngineFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENGINE_FAILED';
}
