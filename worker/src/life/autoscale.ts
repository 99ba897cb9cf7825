/** How many bodies a worker runs at the same time, where that follows its load. */
import { type Clock, Ticker } from '@celeriac/runtime';

/** At least and at most. */
export type Bounds = readonly [min: number, max: number];

/** What is looked at. */
export interface Load {
  /** Slots taken by bodies that do not wait for another task. */
  readonly busy: number;
  readonly concurrency: number;
  /** How long the event loop was held lately, in milliseconds. */
  readonly lagMs: number;
}

const LOOK_EVERY_MS = 1_000;
/** Slots that were not needed for this long are removed; Celery's AUTOSCALE_KEEPALIVE (its docs, 5.6). */
const KEEP_MS = 30_000;
/** More bodies do not help an event loop that is blocked this long. */
const LAG_MS = 500;

/**
 * Grows by half, at once, while every slot is busy; shrinks to what was needed.
 * @param peak slots that were busy at the same time at most, within the last half minute
 */
export function nextConcurrency(
  { busy, concurrency, lagMs }: Load,
  peak: number,
  [min, max]: Bounds,
): number {
  if (busy >= concurrency) {
    if (lagMs > LAG_MS) return concurrency;
    return Math.min(max, concurrency + Math.max(1, concurrency >> 1));
  }
  return Math.max(min, Math.min(concurrency, peak));
}

export class Autoscaler {
  readonly #bounds: Bounds;
  readonly #load: () => Load;
  readonly #resize: (concurrency: number) => void;
  readonly #ticker: Ticker;
  /** The busy slots at each look of the last half minute. */
  readonly #peaks: number[];

  constructor(clock: Clock, bounds: Bounds, load: () => Load, resize: (concurrency: number) => void) {
    this.#bounds = bounds;
    this.#load = load;
    this.#resize = resize;
    // As if all had been busy: nothing goes before it has been idle for long enough.
    this.#peaks = Array.from({ length: KEEP_MS / LOOK_EVERY_MS }, () => bounds[1]);
    this.#ticker = new Ticker(
      clock,
      LOOK_EVERY_MS,
      () => this.#look(),
      () => undefined,
    );
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    void this.#ticker.stop();
  }

  #look(): void {
    const load = this.#load();
    this.#peaks.shift();
    this.#peaks.push(load.busy);
    const next = nextConcurrency(load, Math.max(...this.#peaks), this.#bounds);
    if (next !== load.concurrency) this.#resize(next);
  }
}
