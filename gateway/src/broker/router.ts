import type { Definition, WireTaskOptions } from '@celeriac/protocol/internal';
import { resolveOptions, resolveTimes } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { onApp, routeOf } from '../core/options.ts';
import { acceptedAt, type StoredTask } from '../core/record.ts';
import { route } from '../core/transitions.ts';
import type { Engine, TaskChange } from '../engine/engine.ts';
import type { Catalog } from './catalog.ts';
import type { Recorder } from './recorder.ts';

const STEP = 500;

export interface Advertised {
  /** Names whose definition is unchanged, and new ones for which there is no room: see {@link Catalog.update}. */
  readonly refused: readonly string[];
  readonly crowded: readonly string[];
  /** Resolves when the definitions are kept, and tasks that waited for one are routed. */
  readonly routed: Promise<void>;
}

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly recorder: Recorder;
}

/** Takes in definitions, and gives tasks that waited for one their options and their place. */
export class Router {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * A worker says what it can run. The newest definition of a name wins, durably, where its sender may say so.
   * @param mayServe whether the sender's token lets it work on a queue
   */
  advertise(
    definitions: readonly Definition[],
    app: WireTaskOptions,
    mayServe: (queue: string) => boolean,
  ): Advertised {
    const { changed, taken, refused, crowded } = this.#parts.catalog.update(
      definitions.map((definition) => onApp(definition, app)),
      mayServe,
    );
    return {
      refused: refused.map(({ name }) => name),
      crowded: crowded.map(({ name }) => name),
      routed: this.#keep(changed, taken),
    };
  }

  async #keep(changed: readonly Definition[], taken: readonly Definition[]): Promise<void> {
    if (changed.length > 0) await this.#parts.engine.define(changed).committed;
    // Not only those changed: a gateway may have died after it kept a definition and before it routed.
    await this.#routeWaiting(taken.map(({ name }) => name));
  }

  async #routeWaiting(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (let before: string | undefined; ; ) {
      const waiting = await this.#parts.engine.unrouted(names, STEP);
      const applied = await this.#parts.recorder.record(waiting.map((record) => this.#route(record)));
      const first = waiting[0]?.id;
      // None applied means that all were revoked meanwhile: others come to the front then.
      if (waiting.length < STEP || (first === before && !applied.includes(true))) return;
      before = first;
    }
  }

  #route(record: StoredTask): TaskChange {
    const now = this.#parts.clock.now();
    const task = this.#parts.catalog.options(record.name, routeOf(record.call, record.options)) ?? {};
    const { expiresAt } = resolveTimes(record.call, task, now - acceptedAt(record), now);
    // A call's own expiry counts from when it was made; any other is the worker's to say now.
    const own = record.call?.expiresMs !== undefined || record.call?.expiresAt !== undefined;
    const expires = own ? record.expiresAt : expiresAt;
    return {
      from: record,
      to: route(record, resolveOptions(record.call, task), expires, now),
      urgent: false,
    };
  }
}
