/** The engine of a simulation: each verb is a job of the store's thread, and takes effect there. */
import {
  type ClaimAsk,
  type Engine,
  EngineError,
  type InsertVerdict,
  isHeld,
  MemoryEngine,
  type Opened,
  type StoredTask,
  type TaskChange,
  type Write,
} from '@celeriac/gateway/testing';
import type { Definition } from '@celeriac/protocol/internal';
import type { Chance } from './chance.ts';
import { CommitMoment } from './moment.ts';
import type { ProcessClock } from './process-clock.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { StoreThread } from './store-thread.ts';

export class SimulatedEngine implements Engine {
  readonly durable = true;
  readonly file = null;
  readonly #disk: SimulatedDisk;
  readonly #thread: StoreThread;
  #inner: MemoryEngine | undefined;
  #tellUnblocked: Parameters<Engine['onUnblocked']>[0] = () => {};

  constructor(disk: SimulatedDisk, clock: ProcessClock, chance: Chance) {
    this.#disk = disk;
    this.#thread = new StoreThread(disk, clock, chance);
  }

  get failed(): Promise<Error> {
    return this.#thread.failed;
  }

  get shortage(): Engine['shortage'] {
    return (this.#inner ?? new MemoryEngine()).shortage;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#inner?.waiting ?? new Map();
  }

  get lanes(): number {
    return this.#inner?.lanes ?? 0;
  }

  async open(): Promise<Opened> {
    const { engine, records } = await this.#disk.load();
    this.#inner = engine;
    this.#thread.open(engine);
    engine.onUnblocked((lanes) => this.#tellUnblocked(lanes));
    const waiting = records.filter((record) => !isHeld(record) && record.phase !== 'ended');
    const scheduled = waiting.filter(({ phase }) => phase === 'scheduled');
    return {
      ...(await engine.open()),
      held: records.filter(isHeld),
      definitions: [...this.#disk.definitions.values()],
      nextDueAt: earliest(scheduled.map(({ dueAt }) => dueAt)),
      nextExpiryAt: earliest(waiting.map(({ expiresAt }) => expiresAt)),
    };
  }

  /** As it is now, committed or not; for the simulation, not for the broker. */
  peek(id: string): Promise<StoredTask | undefined> {
    return (this.#inner ?? new MemoryEngine()).get([id]).then(([record]) => record);
  }

  onUnblocked(tell: Parameters<Engine['onUnblocked']>[0]): void {
    this.#tellUnblocked = tell;
  }

  insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]> {
    for (const { id } of records) this.#disk.ids.add(id);
    return this.#write((engine) => engine.insert(records), true);
  }

  claim(asks: readonly ClaimAsk[], now: number): ReturnType<Engine['claim']> {
    return this.#change((engine) => engine.claim(asks, now));
  }

  advance(changes: readonly TaskChange[]): ReturnType<Engine['advance']> {
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

  oldest(...asked: Parameters<Engine['oldest']>): ReturnType<Engine['oldest']> {
    return this.#read((engine) => engine.oldest(...asked));
  }

  ready(...asked: Parameters<Engine['ready']>): ReturnType<Engine['ready']> {
    return this.#read((engine) => engine.ready(...asked));
  }

  /** Not before the commit of what it may have seen. */
  get(ids: readonly string[]): ReturnType<Engine['get']> {
    return new Promise((resolve, reject) => {
      let found: ReturnType<Engine['get']> | undefined;
      this.#thread.add({
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

  outline(ids: readonly string[]): ReturnType<Engine['outline']> {
    return this.get(ids);
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

  revokeTokens(...[revoked, now]: Parameters<Engine['revokeTokens']>): Write<void> {
    return this.#write((engine) => engine.revokeTokens(revoked, now), true);
  }

  prune(...asked: Parameters<Engine['prune']>): ReturnType<Engine['prune']> {
    return this.#change((engine) => engine.prune(...asked));
  }

  backup(): ReturnType<Engine['backup']> {
    return Promise.reject(new EngineError('a simulated store has no file to copy'));
  }

  close(): Promise<void> {
    this.#thread.close();
    return Promise.resolve();
  }

  #write<Verdict>(call: (engine: Engine) => Write<Verdict>, urgent: boolean): Write<Verdict> {
    const [applied, committed] = [new CommitMoment<Verdict>(), new CommitMoment<Verdict>()];
    const moments = [applied, committed];
    let result: Promise<Verdict> | undefined;
    const tell = (moment: (typeof moments)[number]): void => {
      if (result !== undefined) moment.resolve(result);
    };
    this.#thread.add({
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
      this.#thread.add({
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
}

function earliest(moments: readonly (number | null)[]): number | null {
  const set = moments.filter((moment) => moment !== null);
  return set.length === 0 ? null : Math.min(...set);
}
