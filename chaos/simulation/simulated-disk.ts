/**
 * The disk is a list of calls that changed something. What is committed of it survives the gateway, and the next one
 * reads by calling it all again on a fresh memory engine; so a crash loses exactly what was not committed.
 */
import { type Engine, MemoryEngine, type StoredTask } from '@celeriac/gateway/testing';
import type { Definition } from '@celeriac/protocol/internal';

/** A call of the engine that changes it. */
export type DiskCall = (engine: Engine) => unknown;

/** What survives. */
export class SimulatedDisk {
  readonly epoch: string;
  readonly #calls: DiskCall[] = [];
  readonly ids = new Set<string>();
  readonly definitions = new Map<string, Definition>();
  /** How long a sync takes at most. */
  syncMs = 8;
  /** The next commit fails. `done`: although it is on the disk. */
  failing: 'undone' | 'done' | undefined;
  full = false;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  commit(calls: readonly DiskCall[]): void {
    this.#calls.push(...calls);
  }

  /** An engine with all that is committed. */
  async load(): Promise<{ readonly engine: MemoryEngine; readonly records: readonly StoredTask[] }> {
    const engine = new MemoryEngine(this.epoch);
    this.definitions.clear();
    for (const call of this.#calls) call(engine);
    const found = await engine.get([...this.ids]);
    return { engine, records: found.filter((record) => record !== undefined) };
  }
}
