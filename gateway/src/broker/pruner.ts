import type { Clock } from '@celeriac/runtime';
import type { Engine, Pruned } from '../engine/engine.ts';

/** How often expired results are looked for: this, or a tenth of the time that results are kept if that is shorter. */
const LOOK_MS = { least: 1_000, most: 10_000 } as const;
/** How long an id stays refused for other content, even if its result went earlier. */
const TOMBSTONE_MS = 24 * 3_600_000;
/** As many tombstones as there may be, this long they stay in any case: twice the time in which a client sends a call again. */
const SURE_TOMBSTONE_MS = 60_000;
/** Small tasks in one step. */
const STEP = { least: 64, first: 256, most: 2_048 } as const;
/** How long a step should take, including the wait for its turn: other work is delayed by no more than this. */
const STEP_MS = 10;
/** Where that is too slow, the smallest step doubles each time it falls behind by this much more, and other work waits. */
const BEHIND_MS = 10_000;

const NOTHING: Pruned = { touched: 0, more: false };

export interface Keeping {
  /** How long results are kept. */
  readonly resultMs: number;
  /** How many tombstones, of those that outlive their results and a minute. */
  readonly tombstones: number;
}

/** How long expired results may stay before they are looked for. */
export function lookEveryMs(resultMs: number): number {
  return Math.min(Math.max(LOOK_MS.least, resultMs / 10), LOOK_MS.most);
}

/**
 * Drops results after their time, and their tombstones after theirs: in small steps beside everything else, for as long as there is
 * something to drop.
 */
export class Pruner {
  readonly #clock: Clock;
  readonly #engine: Pick<Engine, 'prune'>;
  readonly #keeping: Keeping;
  #size: number = STEP.first;
  #stopped = false;
  /** Ends the wait for the step that is under way. */
  #giveUp: () => void = () => {};

  constructor(clock: Clock, engine: Pick<Engine, 'prune'>, keeping: Keeping) {
    this.#clock = clock;
    this.#engine = engine;
    this.#keeping = keeping;
  }

  /** Does not wait for the step that is under way: on a full disk it may never end. */
  stop(): void {
    this.#stopped = true;
    this.#giveUp();
  }

  /** @returns how many tasks it touched */
  async runOnce(): Promise<number> {
    let touched = 0;
    let more = true;
    for (const begun = this.#clock.monotonic(); more && !this.#stopped; ) {
      const before = this.#clock.monotonic();
      const pruned = await this.#step();
      touched += pruned.touched;
      more = pruned.more;
      const now = this.#clock.monotonic();
      this.#size = nextStep(this.#size, now - before, now - begun);
    }
    return touched;
  }

  #step(): Promise<Pruned> {
    const { resultMs, tombstones } = this.#keeping;
    const now = this.#clock.now();
    const outdated = {
      bodiesBefore: now - resultMs,
      tombstonesBefore: now - Math.max(resultMs, TOMBSTONE_MS),
      surplusBefore: now - Math.max(resultMs, SURE_TOMBSTONE_MS),
      tombstones,
    };
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(NOTHING);
      this.#engine.prune(outdated, this.#size).then(resolve, reject);
    });
  }
}

/** @param behindMs for how long one step has followed the other */
export function nextStep(size: number, tookMs: number, behindMs: number): number {
  const least = Math.min(STEP.most, STEP.least * 2 ** Math.floor(behindMs / BEHIND_MS));
  return Math.min(Math.max(least, tookMs > STEP_MS ? size / 2 : size * 2), STEP.most);
}
