import { DEFAULT_OPTIONS, type Definition, type TaskOptions } from '@celeriac/protocol';
import { taskOptions } from '../core/options.ts';

interface Known {
  readonly definition: Definition;
  /** Made once: what a task without a route runs under is one object, however often it is called. */
  readonly options: TaskOptions;
}

export interface Update {
  /** Those that say something new. */
  readonly changed: readonly Definition[];
  /** All that hold now, the new ones among them. */
  readonly taken: readonly Definition[];
  /** Those that would change a task of a queue which is not the sender's to work on. */
  readonly refused: readonly Definition[];
}

/** What every task name means, the newest definition of each; the engine keeps the same. */
export class Catalog {
  readonly #known = new Map<string, Known>();
  #revision = 0;

  /** Another number says that some definition has changed. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#known.size;
  }

  names(): Iterable<string> {
    return this.#known.keys();
  }

  load(definitions: readonly Definition[]): void {
    this.#revision += 1;
    for (const definition of definitions) {
      this.#known.set(definition.name, { definition, options: taskOptions(definition) });
    }
  }

  definitions(): readonly Definition[] {
    return [...this.#known.values()].map(({ definition }) => definition);
  }

  /** @param route what the caller's route says, below the task and above its app */
  options(name: string, route?: TaskOptions | null): TaskOptions | undefined {
    const known = this.#known.get(name);
    return known === undefined || route == null ? known?.options : taskOptions(known.definition, route);
  }

  /**
   * Takes in what is new. Whoever says what a task is must be allowed to work on the queue that this gives it and, if its name
   * is known, on the queue that it has: nobody takes a task away from the workers that it belongs to.
   */
  update(definitions: readonly Definition[], mayServe: (queue: string) => boolean): Update {
    const changed: Definition[] = [];
    const refused: Definition[] = [];
    const taken: Definition[] = [];
    for (const definition of definitions) {
      // An app defines tasks for other workers too, each of which brings the definition itself.
      if (!mayServe(queueOf(taskOptions(definition)))) continue;
      const known = this.#known.get(definition.name);
      const same = JSON.stringify(known?.definition) === JSON.stringify(definition);
      if (!same && known !== undefined && !mayServe(queueOf(known.options))) {
        refused.push(definition);
        continue;
      }
      taken.push(definition);
      if (!same) changed.push(definition);
    }
    this.load(changed);
    return { changed, taken, refused };
  }
}

function queueOf({ queue }: TaskOptions): string {
  return queue ?? DEFAULT_OPTIONS.queue;
}
