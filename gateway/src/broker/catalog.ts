import {
  DEFAULT_OPTIONS,
  type Definition,
  effectiveTaskOptions,
  type WireTaskOptions,
} from '@celeriac/protocol/internal';
import { KeyCounts } from '../core/key-counts.ts';

interface Known {
  readonly definition: Definition;
  /** Made once: what a task without a route runs under is one object, however often it is called. */
  readonly options: WireTaskOptions;
}

export interface Update {
  /** Those that say something new. */
  readonly changed: readonly Definition[];
  /** All that hold now, the new ones among them. */
  readonly taken: readonly Definition[];
  /** Those that would change a task of a queue which is not the sender's to work on. */
  readonly refused: readonly Definition[];
  /** New names that are too many. */
  readonly crowded: readonly Definition[];
}

/** Task names that are known, each for ever; and of those of one queue, so that its workers cannot use them all up. */
const BOUNDS = { names: 100_000, ofQueue: 20_000 };

/** What every task name means, the newest definition of each; the engine keeps the same. */
export class Catalog {
  readonly #known = new Map<string, Known>();
  /** How many names there are of each queue. */
  readonly #perQueue = new KeyCounts<string>();
  readonly #bounds: typeof BOUNDS;
  #revision = 0;

  /** @param bounds of the names that are known */
  constructor(bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** Another number says that some definition has changed. */
  get revision(): number {
    return this.#revision;
  }

  names(): Iterable<string> {
    return this.#known.keys();
  }

  load(definitions: readonly Definition[]): void {
    this.#revision += 1;
    for (const definition of definitions) {
      const options = effectiveTaskOptions(definition);
      const before = this.#known.get(definition.name);
      if (before !== undefined) this.#perQueue.add(queueOf(before.options), -1);
      this.#perQueue.add(queueOf(options), 1);
      this.#known.set(definition.name, { definition, options });
    }
  }

  definitions(): readonly Definition[] {
    return [...this.#known.values()].map(({ definition }) => definition);
  }

  /** @param route what the caller's route says, below the task and above its app */
  options(name: string, route?: WireTaskOptions | null): WireTaskOptions | undefined {
    const known = this.#known.get(name);
    return known === undefined || route == null
      ? known?.options
      : effectiveTaskOptions(known.definition, route);
  }

  /**
   * Accepts new definitions. Whoever defines a task must be allowed to work on the queue of the definition and, if its name
   * is known, on the queue that it has: nobody takes a task away from the workers that it belongs to.
   */
  update(definitions: readonly Definition[], mayServe: (queue: string) => boolean): Update {
    const changed: Definition[] = [];
    const refused: Definition[] = [];
    const taken: Definition[] = [];
    const crowded: Definition[] = [];
    const added = new Map<string, number>();
    let more = 0;
    for (const definition of definitions) {
      // An app defines tasks for other workers too, each of which brings the definition itself.
      const queue = queueOf(effectiveTaskOptions(definition));
      if (!mayServe(queue)) continue;
      const known = this.#known.get(definition.name);
      const same = JSON.stringify(known?.definition) === JSON.stringify(definition);
      if (!same && known !== undefined && !mayServe(queueOf(known.options))) {
        refused.push(definition);
        continue;
      }
      if (known === undefined) {
        const ofQueue = this.#perQueue.of(queue) + (added.get(queue) ?? 0);
        if (ofQueue >= this.#bounds.ofQueue || this.#known.size + more >= this.#bounds.names) {
          crowded.push(definition);
          continue;
        }
        added.set(queue, (added.get(queue) ?? 0) + 1);
        more += 1;
      }
      taken.push(definition);
      if (!same) changed.push(definition);
    }
    this.load(changed);
    return { changed, taken, refused, crowded };
  }
}

function queueOf({ queue }: WireTaskOptions): string {
  return queue ?? DEFAULT_OPTIONS.queue;
}
