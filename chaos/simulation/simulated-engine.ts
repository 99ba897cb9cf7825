/**
 * The engine of a simulation, as the sqlite engine behaves: verbs take effect in order on a thread that stands still
 * while it commits; what arrives meanwhile is the next transaction; lazy writes wait a little for company.
 */
import {
  type Change,
  type ClaimAsk,
  countLanes,
  type Engine,
  EngineError,
  type InsertVerdict,
  isHeld,
  LAZY_MS,
  MemoryEngine,
  type Opened,
  type TaskRecord,
  type Write,
} from '@celeriac/gateway/testing';
import type { Definition } from '@celeriac/protocol';
import type { Chance } from './chance.ts';
import type { Call, Disk } from './disk.ts';
import { Moment } from './moment.ts';
import type { ProcessClock } from './process-clock.ts';

interface Job {
  /** Reads or writes the engine, now. */
  readonly run: (engine: Engine) => void;
  /** What to do again after a crash; `undefined` for a read. */
  readonly call: Call | undefined;
  readonly urgent: boolean;
  readonly applied: () => void;
  readonly committed: () => void;
  readonly failed: (error: Error) => void;
}

/** How long a message to the thread, or back, takes. */
const HOP_MS = 1;

export class SimulatedEngine implements Engine {
  readonly durable = true;
  readonly failed: Promise<Error>;
  readonly #disk: Disk;
  readonly #clock: ProcessClock;
  readonly #chance: Chance;
  #resolveFailed: (error: Error) => void = () => {};
  #inner: MemoryEngine | undefined;
  #tellThrough: Parameters<Engine['onThrough']>[0] = () => {};
  readonly #queue: Job[] = [];
  #done: Job[] = [];
  #busy = false;
  #scheduled = false;
  #lazy = false;
  #answeredAt = 0;
  #failure: Error | undefined;

  constructor(disk: Disk, clock: ProcessClock, chance: Chance) {
    this.#disk = disk;
    this.#clock = clock;
    this.#chance = chance;
    this.failed = new Promise((resolve) => {
      this.#resolveFailed = resolve;
    });
    // A process that dies while it syncs has synced or has not.
    clock.onKill(() => {
      if (this.#busy && chance.happens(0.5)) void this.#keep();
      this.#busy = false;
    });
  }

  get shortage(): Engine['shortage'] {
    return (this.#inner ?? new MemoryEngine()).shortage;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#inner?.waiting ?? new Map();
  }

  async open(): Promise<Opened> {
    const { engine, records } = await this.#disk.load();
    this.#inner = engine;
    engine.onThrough((lanes) => this.#tellThrough(lanes));
    const waiting = records.filter((record) => !isHeld(record) && record.phase !== 'ended');
    const scheduled = waiting.filter(({ phase }) => phase === 'scheduled');
    return {
      ...(await engine.open()),
      ready: countLanes(waiting.filter(({ phase }) => phase === 'ready')),
      held: records.filter(isHeld),
      definitions: [...this.#disk.definitions.values()],
      nextDueAt: earliest(scheduled.map(({ dueAt }) => dueAt)),
      nextExpiryAt: earliest(waiting.map(({ expiresAt }) => expiresAt)),
    };
  }

  /** As it is now, committed or not; for the simulation, not for the broker. */
  peek(id: string): Promise<TaskRecord | undefined> {
    return (this.#inner ?? new MemoryEngine()).get([id]).then(([record]) => record);
  }

  onThrough(tell: Parameters<Engine['onThrough']>[0]): void {
    this.#tellThrough = tell;
  }

  insert(records: readonly TaskRecord[]): Write<readonly InsertVerdict[]> {
    for (const { id } of records) this.#disk.ids.add(id);
    return this.#write((engine) => engine.insert(records), true);
  }

  claim(asks: readonly ClaimAsk[], now: number): ReturnType<Engine['claim']> {
    return this.#change((engine) => engine.claim(asks, now));
  }

  advance(changes: readonly Change[]): ReturnType<Engine['advance']> {
    for (const { spawn = [] } of changes) for (const { id } of spawn) this.#disk.ids.add(id);
    return this.#write(
      (engine) => engine.advance(changes),
      changes.some(({ urgent }) => urgent),
    );
  }

  promoteDue(now: number, limit: number): ReturnType<Engine['promoteDue']> {
    return this.#change((engine) => engine.promoteDue(now, limit));
  }

  expired(now: number, limit: number): ReturnType<Engine['expired']> {
    return this.#read((engine) => engine.expired(now, limit));
  }

  unrouted(names: readonly string[], limit: number): ReturnType<Engine['unrouted']> {
    return this.#read((engine) => engine.unrouted(names, limit));
  }

  list(query: Parameters<Engine['list']>[0]): ReturnType<Engine['list']> {
    return this.#read((engine) => engine.list(query));
  }

  oldest(lanes: Parameters<Engine['oldest']>[0]): ReturnType<Engine['oldest']> {
    return this.#read((engine) => engine.oldest(lanes));
  }

  /** Not before the commit of what it may have seen. */
  get(ids: readonly string[]): ReturnType<Engine['get']> {
    return new Promise((resolve, reject) => {
      let found: ReturnType<Engine['get']> | undefined;
      this.#add({
        run: (engine) => {
          found = engine.get(ids);
        },
        call: undefined,
        urgent: true,
        applied: () => {},
        committed: () => resolve(found ?? []),
        failed: reject,
      });
    });
  }

  define(definitions: readonly Definition[]): Write<void> {
    return this.#write((engine) => {
      for (const definition of definitions) this.#disk.definitions.set(definition.name, definition);
      return engine.define(definitions);
    }, true);
  }

  tune(settings: Parameters<Engine['tune']>[0]): Write<void> {
    return this.#write((engine) => engine.tune(settings), true);
  }

  pause(queues: Parameters<Engine['pause']>[0]): Write<void> {
    return this.#write((engine) => engine.pause(queues), true);
  }

  prune(bodiesBefore: number, tombstonesBefore: number, limit: number): Promise<number> {
    return this.#change((engine) => engine.prune(bodiesBefore, tombstonesBefore, limit));
  }

  /** Commits what is open; what comes later is refused. */
  close(): Promise<void> {
    if (this.#failure === undefined) {
      for (const job of this.#queue.splice(0)) this.#run(job);
      for (const job of this.#keep()) {
        job.applied();
        job.committed();
      }
      this.#failure = new EngineError('the task store is closed');
    }
    return Promise.resolve();
  }

  #write<Verdict>(call: (engine: Engine) => Write<Verdict>, urgent: boolean): Write<Verdict> {
    const [applied, committed] = [new Moment<Verdict>(), new Moment<Verdict>()];
    const moments = [applied, committed];
    let result: Promise<Verdict> | undefined;
    const tell = (moment: (typeof moments)[number]): void => {
      if (result !== undefined) moment.resolve(result);
    };
    this.#add({
      run: (engine) => {
        result = call(engine).applied;
      },
      call,
      urgent,
      applied: () => tell(applied),
      committed: () => tell(committed),
      failed: (error) => {
        for (const moment of moments) moment.reject(error);
      },
    });
    return { applied: applied.promise, committed: committed.promise };
  }

  #change<Value>(call: (engine: Engine) => Promise<Value>): Promise<Value> {
    return this.#answer(call, true);
  }

  #read<Value>(call: (engine: Engine) => Promise<Value>): Promise<Value> {
    return this.#answer(call, false);
  }

  #answer<Value>(call: (engine: Engine) => Promise<Value>, changes: boolean): Promise<Value> {
    return new Promise((resolve, reject) => {
      let result: Promise<Value> | undefined;
      this.#add({
        run: (engine) => {
          result = call(engine);
        },
        call: changes ? call : undefined,
        urgent: false,
        applied: () => {
          if (result !== undefined) resolve(result);
        },
        committed: () => {},
        failed: reject,
      });
    });
  }

  #add(job: Job): void {
    if (this.#failure !== undefined) job.failed(this.#failure);
    else {
      this.#queue.push(job);
      this.#schedule();
    }
  }

  /** What one turn calls goes over together. */
  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    this.#clock.after(this.#chance.between(0, HOP_MS), () => {
      this.#scheduled = false;
      this.#work();
    });
  }

  #work(): void {
    if (this.#busy || this.#failure !== undefined) return;
    const jobs = this.#queue.splice(0);
    for (const job of jobs) this.#run(job);
    this.#reply(() => {
      for (const job of jobs) job.applied();
    });
    if (this.#done.some(({ urgent }) => urgent)) this.#commit();
    else if (this.#done.length > 0 && !this.#lazy) {
      this.#lazy = true;
      this.#clock.after(LAZY_MS, () => {
        this.#lazy = false;
        if (this.#done.length > 0) this.#commit();
      });
    }
  }

  #run(job: Job): void {
    if (this.#inner !== undefined) job.run(this.#inner);
    this.#done.push(job);
  }

  #commit(): void {
    if (this.#busy || this.#failure !== undefined) return;
    this.#busy = true;
    this.#clock.after(this.#chance.between(0, this.#disk.syncMs), () => {
      this.#busy = false;
      if (this.#failure !== undefined) return;
      if (this.#disk.full || this.#disk.failing !== undefined) return this.#fail();
      const done = this.#keep();
      this.#reply(() => {
        for (const job of done) job.committed();
      });
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  /** Answers arrive in the order in which they are given. */
  #reply(tell: () => void): void {
    const now = this.#clock.monotonic();
    this.#answeredAt = Math.max(this.#answeredAt, now + this.#chance.between(0, HOP_MS));
    this.#clock.after(this.#answeredAt - now, tell);
  }

  #keep(): readonly Job[] {
    const done = this.#done;
    this.#disk.commit(done.flatMap(({ call }) => (call === undefined ? [] : [call])));
    this.#done = [];
    return done;
  }

  #fail(): void {
    const done = this.#done;
    if (this.#disk.failing === 'done') void this.#keep();
    this.#disk.failing = undefined;
    const failure = new EngineError('the disk failed, as the nemesis wished');
    this.#failure = failure;
    for (const job of [...done, ...this.#queue.splice(0)]) job.failed(failure);
    this.#resolveFailed(failure);
  }
}

function earliest(moments: readonly (number | null)[]): number | null {
  const set = moments.filter((moment) => moment !== null);
  return set.length === 0 ? null : Math.min(...set);
}
