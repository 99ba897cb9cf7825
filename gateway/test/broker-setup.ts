/** A broker on the memory engine, with a clock moved by hand and no sockets. */

import type { Definition, WireTaskOptions } from '@celeriac/protocol/internal';
import type { MachinePlace } from '@celeriac/runtime';
import { ManualClock } from '@celeriac/runtime/testing';
import { assembleBroker, type Broker, type BrokerRules } from '../src/broker/broker.ts';
import type { CallerRights } from '../src/broker/call-rights.ts';
import { isHeld, type StoredTask } from '../src/core/record.ts';
import type { Opened } from '../src/engine/engine.ts';
import { MemoryEngine } from '../src/engine/memory/memory-engine.ts';
import { Telemetry } from '../src/events/telemetry.ts';
import { SlowEngine } from './slow-engine.ts';
import { TestCaller } from './test-caller.ts';
import { TestWorker, type WorkerSettings } from './test-worker.ts';

export const RULES: BrokerRules = {
  maxTokenAgeMs: 3_600_000,
  leaseMs: 30_000,
  graceMs: 5_000,
  payloadLimit: 1_000,
  callLimit: 4_000,
  retention: { keepResults: true, resultMs: 3_600_000 },
  knownQueues: null,
  maxTombstones: 1_000_000,
  backupFolder: null,
  maxDepth: 1_000_000,
  maxQueues: 1_000_000,
  maxLanes: 1_000_000,
  listedQueues: new Set(['default']),
};

export class World {
  /** Processes on the gateway's machine that are no more. */
  readonly ended = new Set<number>();
  readonly clock: ManualClock;
  readonly engine: SlowEngine;
  readonly telemetry: Telemetry;
  readonly broker: Broker;
  readonly caller: TestCaller;
  readonly #opened: Opened;

  constructor(clock: ManualClock, engine: SlowEngine, opened: Opened, rules: Partial<BrokerRules> = {}) {
    this.clock = clock;
    this.engine = engine;
    this.telemetry = new Telemetry();
    this.#opened = opened;
    const place: MachinePlace = { pid: 1, machine: 'the gateway', hasEnded: (pid) => this.ended.has(pid) };
    const outside = { clock, random: () => 0.5, telemetry: this.telemetry, place };
    this.broker = assembleBroker(outside, engine, opened, { ...RULES, ...rules });
    void this.broker.start();
    this.caller = this.newCaller();
  }

  newCaller(rights: Partial<CallerRights> = {}): TestCaller {
    return new TestCaller(this.broker, () => this.clock.now(), rights);
  }

  /** A worker that has joined: runs `add` of the default queue unless told otherwise. */
  async worker(name: string, settings: Partial<WorkerSettings> = {}): Promise<TestWorker> {
    const worker = new TestWorker(this.broker, {
      name,
      bootId: `boot of ${name}`,
      queues: ['default'],
      tasks: { add: {} },
      appOptions: {},
      capacity: 10,
      ...settings,
    });
    await worker.join();
    await this.turn();
    return worker;
  }

  /** Lets this turn of the event loop end. */
  async turn(): Promise<void> {
    await this.clock.advance(0);
  }

  /** Lets time pass in which these workers are heard of. */
  async pass(ms: number, ...alive: readonly TestWorker[]): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.clock.advance(Math.min(500, left));
      for (const { session } of alive) session.heardAt = this.clock.monotonic();
    }
  }

  async record(id: string): Promise<StoredTask> {
    const [record] = await this.engine.get([id]);
    if (record === undefined) throw new Error(`there is no task ${id}`);
    return record;
  }

  /** A task's history as states with their reasons. */
  async history(id: string): Promise<readonly string[]> {
    const { history } = await this.record(id);
    return history.entries.map(([state, reason]) => `${state} ${reason}`);
  }

  /** Another gateway process on the same store, where these tasks are; this one does nothing any more. */
  async restarts(ids: readonly string[], opened: Partial<Opened> = {}): Promise<World> {
    await this.broker.stop();
    const records = await Promise.all(ids.map((id) => this.record(id)));
    const waiting = records.filter((record) => !isHeld(record) && record.phase !== 'ended');
    const due = records.flatMap(({ phase, dueAt }) =>
      phase === 'scheduled' && dueAt !== null ? [dueAt] : [],
    );
    const expiries = waiting.flatMap(({ expiresAt }) => expiresAt ?? []);
    return new World(this.clock, this.engine, {
      ...this.#opened,
      held: records.filter(isHeld),
      nextDueAt: due.length === 0 ? null : Math.min(...due),
      nextExpiryAt: expiries.length === 0 ? null : Math.min(...expiries),
      ...opened,
    });
  }
}

/** As a worker advertises it, and the store keeps it. */
export function defined(name: string, options: WireTaskOptions = {}): Definition {
  return { name, options, arity: null, params: null };
}

export async function setup(rules: Partial<BrokerRules> = {}, opened: Partial<Opened> = {}): Promise<World> {
  const engine = new SlowEngine(new MemoryEngine('epoch'));
  return new World(new ManualClock(), engine, { ...(await engine.open()), ...opened }, rules);
}
