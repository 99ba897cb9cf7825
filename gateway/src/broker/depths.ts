import { DEFAULT_OPTIONS } from '@celeriac/protocol/internal';
import { KeyCounts } from '../core/key-counts.ts';
import { isWaiting, type StoredTask } from '../core/record.ts';
import type { Engine } from '../engine/engine.ts';
import type { Catalog } from './catalog.ts';
import type { Roster } from './roster.ts';

/** Why there is no place for a task; `undefined` where there is one. */
export type NoPlace = 'QUEUE_FULL' | 'TOO_MANY_QUEUES' | 'TOO_MANY_NAMES' | undefined;

export interface DepthRules {
  /** How many tasks may wait in one queue. */
  readonly maxDepth: number;
  /** In how many queues, and in how many lanes, tasks may wait before another one is made by naming it. */
  readonly maxQueues: number;
  readonly maxLanes: number;
}

/** Names declared by the operator or by a worker: they are always accepted, whatever names others have used. */
export interface KnownNames {
  queue(record: StoredTask): boolean;
  name(record: StoredTask): boolean;
}

/** A queue is known if it was listed, or some worker consumes it or has defined the task for it. */
export function knownHere(
  catalog: Catalog,
  roster: Roster,
  { listedQueues }: { readonly listedQueues: ReadonlySet<string> },
): KnownNames {
  return {
    queue({ name, options: { queue } }) {
      const definition = catalog.options(name);
      const own = definition === undefined ? undefined : (definition.queue ?? DEFAULT_OPTIONS.queue);
      return queue === own || listedQueues.has(queue) || roster.consumes(queue);
    },
    name: ({ name }) => catalog.options(name) !== undefined,
  };
}

/**
 * Which tasks may still wait, and where. The engine counts what it has applied; what is on its way to it is counted here, so
 * that one turn's calls do not overshoot. A count that is a little behind is harmless: this bounds disk and memory, and is
 * far from either.
 */
export class Depths {
  readonly #engine: Pick<Engine, 'waiting' | 'lanes'>;
  readonly #rules: DepthRules;
  readonly #known: KnownNames;
  /** By queue. */
  readonly #coming = new KeyCounts<string>();

  constructor(engine: Pick<Engine, 'waiting' | 'lanes'>, rules: DepthRules, known: KnownNames) {
    this.#engine = engine;
    this.#rules = rules;
    this.#known = known;
  }

  /** Reserves a place for a task that is about to wait; other tasks need none. @returns why there is no place */
  enter(record: StoredTask): NoPlace {
    if (!isWaiting(record)) return undefined;
    const noPlace = this.#noPlace(record);
    if (noPlace === undefined) this.come(record);
    return noPlace;
  }

  /** Counts a task that is on its way whether there is room or not. */
  come(record: StoredTask): void {
    if (isWaiting(record)) this.#coming.add(record.options.queue, 1);
  }

  /** The engine counts them now, or has not accepted them. */
  arrived(records: readonly StoredTask[]): void {
    for (const record of records) if (isWaiting(record)) this.#coming.add(record.options.queue, -1);
  }

  #noPlace(record: StoredTask): NoPlace {
    const { maxDepth, maxQueues, maxLanes } = this.#rules;
    const { queue } = record.options;
    const depth = (this.#engine.waiting.get(queue) ?? 0) + this.#coming.of(queue);
    if (depth >= maxDepth) return 'QUEUE_FULL';
    if (depth === 0 && this.#queues() >= maxQueues && !this.#known.queue(record)) return 'TOO_MANY_QUEUES';
    // What is under way may belong to existing lanes: near the bound, some calls are refused that would not have made a new one.
    if (this.#engine.lanes + this.#coming.total < maxLanes) return undefined;
    return this.#known.name(record) && this.#known.queue(record) ? undefined : 'TOO_MANY_NAMES';
  }

  /** In how many queues tasks wait or are about to. */
  #queues(): number {
    const { waiting } = this.#engine;
    const { counts } = this.#coming;
    let queues = waiting.size + counts.size;
    if (queues < this.#rules.maxQueues) return queues;
    for (const queue of counts.keys()) if (waiting.has(queue)) queues -= 1;
    return queues;
  }
}
