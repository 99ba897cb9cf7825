import type { Clock } from '@celeriac/runtime';
import type { Engine } from '../engine/engine.ts';

/** How often it looks for results that are over. */
export const PRUNE_EVERY_MS = 60_000;
/** Rows per step, and steps per look: a backlog is cleared over several looks rather than in one long write. */
const STEP = 500;
const STEPS = 40;
/** How long an id stays refused for other content, even if its result went earlier. */
const TOMBSTONE_MS = 24 * 3_600_000;

/** Drops results after their time, and their tombstones after theirs. */
export class Pruner {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #resultMs: number;

  constructor(clock: Clock, engine: Engine, resultMs: number) {
    this.#clock = clock;
    this.#engine = engine;
    this.#resultMs = resultMs;
  }

  /** @returns how many rows it touched */
  async runOnce(): Promise<number> {
    const now = this.#clock.now();
    const tombstonesBefore = now - Math.max(this.#resultMs, TOMBSTONE_MS);
    let touched = 0;
    for (let step = 0; step < STEPS; step++) {
      const count = await this.#engine.prune(now - this.#resultMs, tombstonesBefore, STEP);
      touched += count;
      if (count < STEP) break;
    }
    return touched;
  }
}
