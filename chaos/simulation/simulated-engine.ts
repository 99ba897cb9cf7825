/** The engine of a simulation: each verb is a job of the store's thread, and takes effect there. */
import {
  type Engine,
  EngineAround,
  EngineError,
  isHeld,
  MemoryEngine,
  type Opened,
  type StoredTask,
  type TaskChange,
  type Write,
} from '@celeriac/gateway/testing';
import type { Definition } from '@celeriac/protocol/internal';
import type { Chance } from './chance.ts';
import type { ProcessClock } from './process-clock.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { StoreThread } from './store-thread.ts';

export class SimulatedEngine extends EngineAround {
  readonly #disk: SimulatedDisk;
  readonly #thread: StoreThread;
  #loaded: MemoryEngine | undefined;
  #tellUnblocked: Parameters<Engine['onUnblocked']>[0] = () => {};

  constructor(disk: SimulatedDisk, clock: ProcessClock, chance: Chance) {
    super();
    this.#disk = disk;
    this.#thread = new StoreThread(disk, clock, chance);
  }

  protected get inner(): Engine {
    return this.#loaded ?? new MemoryEngine();
  }

  override get durable(): boolean {
    return true;
  }

  override get failed(): Promise<Error> {
    return this.#thread.failed;
  }

  override async open(): Promise<Opened> {
    const { engine, records } = await this.#disk.load();
    this.#loaded = engine;
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
    return this.inner.get([id]).then(([record]) => record);
  }

  override onUnblocked(tell: Parameters<Engine['onUnblocked']>[0]): void {
    this.#tellUnblocked = tell;
  }

  override insert(records: readonly StoredTask[]): ReturnType<Engine['insert']> {
    for (const { id } of records) this.#disk.ids.add(id);
    return super.insert(records);
  }

  override advance(changes: readonly TaskChange[]): ReturnType<Engine['advance']> {
    for (const { spawn = [] } of changes) for (const { id } of spawn) this.#disk.ids.add(id);
    return super.advance(changes);
  }

  /** Not before the commit of what it may have seen. */
  override get(ids: readonly string[]): ReturnType<Engine['get']> {
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

  override define(definitions: readonly Definition[]): Write<void> {
    return this.write((engine) => {
      for (const definition of definitions) this.#disk.definitions.set(definition.name, definition);
      return engine.define(definitions);
    });
  }

  override backup(): ReturnType<Engine['backup']> {
    return Promise.reject(new EngineError('a simulated store has no file to copy'));
  }

  override close(): Promise<void> {
    this.#thread.close();
    return Promise.resolve();
  }

  protected write<Verdict>(call: (engine: Engine) => Write<Verdict>, urgent = true): Write<Verdict> {
    const [applied, committed] = [Promise.withResolvers<Verdict>(), Promise.withResolvers<Verdict>()];
    const moments = [applied, committed];
    for (const { promise } of moments) promise.catch(() => {});
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

  protected ask<Value>(call: (engine: Engine) => Promise<Value>, changes = false): Promise<Value> {
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
