import type { Definition, TaskOptions } from '@celeriac/protocol';
import { taskOptions } from '../core/options.ts';

interface Known {
  readonly definition: Definition;
  /** Made once: what a task without a route runs under is one object, however often it is called. */
  readonly options: TaskOptions;
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

  /** @returns those that say something new */
  update(definitions: readonly Definition[]): readonly Definition[] {
    const changed = definitions.filter(
      (definition) =>
        JSON.stringify(this.#known.get(definition.name)?.definition) !== JSON.stringify(definition),
    );
    this.load(changed);
    return changed;
  }
}
