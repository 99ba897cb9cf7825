import type { SubmitItem } from '@celeriac/protocol/internal';
import type { Ancestry, TaskOutline } from '../core/record.ts';
import type { Engine } from '../engine/engine.ts';
import type { CallerRights } from './call-rights.ts';
import type { Leases } from './leases.ts';

export interface Kinship {
  readonly lineage: Ancestry | null;
  readonly subject: string | null;
}

type Parents = ReadonlyMap<string, TaskOutline>;

/**
 * Where a call that is made inside a task belongs. The caller names the task; whether there is one, and of what family it is,
 * is looked up. Nearly always it still runs, and so is known without asking the store.
 */
export class Families {
  readonly #engine: Engine;
  readonly #leases: Leases;

  constructor(engine: Engine, leases: Leases) {
    this.#engine = engine;
    this.#leases = leases;
  }

  /** @returns the tasks inside which these calls are made; `undefined` where that is inside none */
  parentsOf(items: readonly SubmitItem[]): Parents | Promise<Parents> | undefined {
    let parents: Map<string, TaskOutline> | undefined;
    const elsewhere = new Set<string>();
    for (const [, , , , , lineage] of items) {
      if (lineage == null) continue;
      parents ??= new Map();
      const held = this.#leases.findTask(lineage[1]);
      if (held === undefined) elsewhere.add(lineage[1]);
      else parents.set(lineage[1], held.record);
    }
    return parents === undefined || elsewhere.size === 0 ? parents : this.#lookUp(parents, [...elsewhere]);
  }

  async #lookUp(parents: Map<string, TaskOutline>, ids: readonly string[]): Promise<Parents> {
    for (const record of await this.#engine.outline(ids)) {
      if (record !== undefined) parents.set(record.id, record);
    }
    return parents;
  }
}

/**
 * What is believed of a lineage: that the task exists, and only from its caller, its readers and workers of its queue. What a
 * task's body calls belongs to whoever called the task.
 */
export function kinshipOf(parent: TaskOutline | undefined, rights: CallerRights): Kinship {
  if (parent === undefined) return { lineage: null, subject: rights.subject };
  const { id, subject, lineage, options } = parent;
  if (!rights.family(id, subject, options.queue)) return { lineage: null, subject: rights.subject };
  return {
    lineage: { rootId: lineage?.rootId ?? id, parentId: id },
    subject: rights.work(options.queue) ? subject : rights.subject,
  };
}
