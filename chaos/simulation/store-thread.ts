/**
 * The thread of a store, as the sqlite engine has one: jobs take effect in order, what arrives while it commits is the
 * next transaction, and lazy writes wait a little for company.
 */
import { type Engine, EngineError, LAZY_MS } from '@celeriac/gateway/testing';
import type { Chance } from './chance.ts';
import type { ProcessClock } from './process-clock.ts';
import type { DiskCall, SimulatedDisk } from './simulated-disk.ts';

export interface Job {
  /** Reads or writes the engine, now. */
  readonly run: (engine: Engine) => void;
  /** What to do again after a crash; `undefined` for a read. */
  readonly call: DiskCall | undefined;
  readonly urgent: boolean;
  readonly applied: () => void;
  readonly committed: () => void;
  readonly failed: (error: Error) => void;
}

/** How long a message to the thread, or back, takes. */
const HOP_MS = 1;

export class StoreThread {
  /** The first trouble with the disk; the thread takes nothing after it. */
  readonly failed: Promise<Error>;
  readonly #disk: SimulatedDisk;
  readonly #clock: ProcessClock;
  readonly #chance: Chance;
  #resolveFailed: (error: Error) => void = () => {};
  #engine: Engine | undefined;
  readonly #queue: Job[] = [];
  #done: Job[] = [];
  #busy = false;
  #scheduled = false;
  #lazy = false;
  #answeredAt = 0;
  #failure: Error | undefined;

  constructor(disk: SimulatedDisk, clock: ProcessClock, chance: Chance) {
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

  /** @param engine what its jobs read and write from now on */
  open(engine: Engine): void {
    this.#engine = engine;
  }

  /** Commits what is open; what comes later is refused. */
  close(): void {
    if (this.#failure !== undefined) return;
    for (const job of this.#queue.splice(0)) this.#run(job);
    for (const job of this.#keep()) {
      job.applied();
      job.committed();
    }
    this.#failure = new EngineError('the task store is closed');
  }

  /** Does it when its turn comes; at once too late when the thread has failed or is closed. */
  add(job: Job): void {
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
    if (this.#engine !== undefined) job.run(this.#engine);
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
