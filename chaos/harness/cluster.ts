/** The system under test: its processes, the links between them, and the disk. */
import { join } from 'node:path';
import type { FaultKind } from '../history/entry.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { Chance } from '../simulation/chance.ts';
import { FaultyLink } from './faulty-link.ts';
import type {
  ClientCommand,
  ClientProcessSettings,
  GatewayProcessSettings,
  ToHarness,
  WorkerProcessSettings,
} from './harness-messages.ts';
import type { ProcessExit } from './harness-process.ts';
import { sleep } from './machine-clock.ts';
import type { Cast } from './plan.ts';
import type { Kind } from './programs/workload.ts';
import { StoreDisk } from './store-disk.ts';
import { type Supervised, Supervisor } from './supervisor.ts';

export interface ClusterSabotage {
  readonly sabotage: string;
  /** Each commit takes so much longer. */
  readonly commitMs: number;
}

export interface ClusterSettings {
  /** Everything of this run is in it. */
  readonly folder: string;
  readonly seed: number;
  readonly callers: number;
  /** Calls per second of all clients together. */
  readonly rate: number;
  /** How long there are faults. */
  readonly ms: number;
  /** The sabotage, if any. */
  readonly sabotaged: ClusterSabotage | null;
  /** A kind of task of which there are many more. */
  readonly emphasis: Kind | null;
}

export const CAST: Cast = {
  workers: ['worker-1', 'worker-2', 'worker-3', 'worker-4'],
  clients: ['client-1', 'client-2', 'client-3'],
};
/** Where bodies run, how many at once, and tasks held beside them. */
const ROOMS = [
  { pool: 'inline', concurrency: 8, prefetch: 0 },
  { pool: 'inline', concurrency: 8, prefetch: 4 },
  { pool: 'threads', concurrency: 3, prefetch: 0 },
  { pool: 'threads', concurrency: 3, prefetch: 1 },
] as const;
/** From a death that nobody asked for until its supervisor starts another one. */
const SUPERVISOR_MS = 200;
const LEAVE_MS = 15_000;
/** Longer than a lease. */
const LONGEST_BODY_MS = 35_000;

export class Cluster {
  readonly disk: StoreDisk;
  /** What failed inside, or died without a cause. */
  readonly failures: string[] = [];
  /** How far the wall clock of the gateway is from the machine's. */
  gatewayOffsetMs = 0;
  /** How many reasons the gateway has to die by itself. */
  deadlyTroubles = 0;
  readonly #settings: ClusterSettings;
  readonly #nemesis: HistoryRecorder;
  readonly #chance: Chance;
  readonly #links = new Map<string, FaultyLink>();
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #open = new Map<string, number>();
  #faults = 0;
  #port = 0;
  #closing = false;

  constructor(settings: ClusterSettings, nemesis: HistoryRecorder, chance: Chance) {
    this.#settings = settings;
    this.#nemesis = nemesis;
    this.#chance = chance;
    this.disk = new StoreDisk(join(settings.folder, 'store'));
  }

  get port(): number {
    return this.#port;
  }

  get gateway(): Supervisor {
    return this.find('gateway');
  }

  /** Handles of clients that have not settled. */
  get openHandles(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }

  /** @throws Error for a name that nobody has */
  find(name: string): Supervisor {
    const supervisor = this.#supervisors.get(name);
    if (supervisor === undefined) throw new Error(`expected a process of this cluster, got: ${name}`);
    return supervisor;
  }

  /** @throws Error for a name that nobody has */
  link(name: string): FaultyLink {
    const link = this.#links.get(name);
    if (link === undefined) throw new Error(`expected somebody with a link, got: ${name}`);
    return link;
  }

  /** Resolves when all of them are ready. */
  async open(): Promise<void> {
    await this.#add({
      name: 'gateway',
      program: 'gateway',
      place: () => this.#gatewayPlace(),
      commitMs: this.#settings.sabotaged?.commitMs ?? 0,
    });
    const guests = [...CAST.workers, ...CAST.clients];
    const ports = new Map<string, number>();
    for (const name of guests) {
      const link = new FaultyLink(() => this.#port, this.#chance.unit);
      this.#links.set(name, link);
      ports.set(name, await link.open());
    }
    const url = (name: string): string => `http://127.0.0.1:${ports.get(name)}`;
    await Promise.all([
      ...CAST.workers.map((name, position) =>
        this.#add({
          name,
          program: 'worker',
          place: (life) => this.#workerPlace(name, url(name), position, life),
        }),
      ),
      ...CAST.clients.map((name) =>
        this.#add({ name, program: 'client', place: (life) => this.#clientPlace(name, url(name), life) }),
      ),
    ]);
  }

  tellClients(order: ClientCommand): void {
    for (const name of CAST.clients) this.find(name).program?.tell(order);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const leaving = [...this.#supervisors.values()].map((one) => one.ask());
    await Promise.race([Promise.all(leaving), sleep(LEAVE_MS)]);
    await Promise.all([...this.#supervisors.values()].map((one) => one.kill()));
    for (const link of this.#links.values()) link.close();
  }

  /** Writes down that a fault begins. @returns how to write down its end */
  begin(fault: FaultKind, target: string): () => void {
    this.#faults += 1;
    const number = this.#faults;
    this.#nemesis.say({ kind: 'fault', phase: 'begin', number, fault, target });
    return () => this.#nemesis.say({ kind: 'fault', phase: 'end', number, fault, target });
  }

  journalOf(name: string, life: number): string {
    return join(this.#settings.folder, `${name}.${life}.jsonl`);
  }

  async #add(of: Omit<Supervised, 'told' | 'died'>): Promise<void> {
    const supervisor = new Supervisor(
      { ...of, told: (told, by) => this.#told(told, by), died: (exit, by) => this.#died(exit, by) },
      this.#settings.folder,
    );
    this.#supervisors.set(of.name, supervisor);
    await supervisor.start();
  }

  #told(told: ToHarness, { name }: Supervisor): void {
    switch (told.kind) {
      case 'ready':
        if (name === 'gateway') this.#port = told.port;
        break;
      case 'failed':
        this.failures.push(`${name}: ${told.what}`);
        break;
      case 'open':
        this.#open.set(name, told.count);
        break;
      case 'made': {
        const act = this.#chance.oneOf(['follow', 'follow', 'read', 'revoke', 'terminate'] as const);
        this.find(this.#chance.oneOf(CAST.clients)).program?.tell({ kind: 'meddle', id: told.id, act });
      }
    }
  }

  /** Poison ends workers, and a store that fails ends the gateway; whatever else dies has a bug. */
  #died({ code, signal }: ProcessExit, dead: Supervisor): void {
    if (this.#closing) return;
    const { name } = dead;
    const worker = name.startsWith('worker');
    const asked = worker ? signal === 'SIGKILL' : name === 'gateway' && this.deadlyTroubles > 0 && code === 1;
    if (!asked) this.failures.push(`${name} ended by itself (${code ?? signal}); its log says why`);
    const mended = name.startsWith('client')
      ? this.begin('client-kill', name)
      : this.begin(worker ? 'worker-kill' : 'gateway-kill', name);
    void sleep(SUPERVISOR_MS).then(async () => {
      if (this.#closing) return;
      await dead.start();
      mended();
    });
  }

  #gatewayPlace(): GatewayProcessSettings {
    return {
      port: this.#port,
      store: this.disk.store,
      offsetMs: this.gatewayOffsetMs,
      sabotage: this.#settings.sabotaged?.sabotage ?? null,
    };
  }

  #workerPlace(name: string, url: string, position: number, life: number): WorkerProcessSettings {
    const room = ROOMS[position] ?? ROOMS[0];
    return { name, url, ...room, journal: this.journalOf(name, life) };
  }

  #clientPlace(name: string, url: string, life: number): ClientProcessSettings {
    const { seed, callers, rate, ms, emphasis } = this.#settings;
    const before = life === 0 ? [] : [this.journalOf(name, life - 1)];
    const each = rate / CAST.clients.length;
    return {
      name,
      url,
      life,
      seed,
      callers,
      rate: each,
      longestMs: Math.min(LONGEST_BODY_MS, ms / 4),
      journal: this.journalOf(name, life),
      before,
      emphasis,
    };
  }
}
