/** How many tasks a worker holds beyond those that run. */
export interface Prefetch {
  /** A task has settled. @param now monotonic milliseconds */
  settled(now: number): void;
  readonly depth: number;
}

/** The depth follows what settles within this time: enough that no slot waits for the network or a commit. */
const AHEAD_MS = 100;
/** How often it looks. */
const WINDOW_MS = 25;
/** Beyond some hundreds in a frame nothing is gained. */
const MAX_DEPTH = 1_024;

/**
 * Holds about as many tasks as settle in a tenth of a second. Tasks of microseconds come in frames of hundreds, while
 * a worker busy with tasks of minutes holds none that another worker could be running.
 */
export class AdaptivePrefetch implements Prefetch {
  #depth: number;
  #count = 0;
  #since: number | undefined;

  /** @param initial before anything is known of the tasks */
  constructor(initial: number) {
    this.#depth = Math.min(initial, MAX_DEPTH);
  }

  get depth(): number {
    return this.#depth;
  }

  settled(now: number): void {
    this.#since ??= now;
    this.#count += 1;
    const elapsedMs = now - this.#since;
    if (elapsedMs < WINDOW_MS) return;
    this.#depth = nextDepth(this.#depth, (this.#count * AHEAD_MS) / elapsedMs);
    this.#count = 0;
    this.#since = now;
  }
}

/** Grows at once and shrinks by halves, in powers of two, so that small changes of the rate change nothing. */
function nextDepth(depth: number, wanted: number): number {
  const fitting = wanted < 1 ? 0 : Math.min(MAX_DEPTH, 2 ** Math.ceil(Math.log2(wanted)));
  if (fitting >= depth) return fitting;
  return Math.max(fitting, depth >> 1);
}

export class FixedPrefetch implements Prefetch {
  readonly depth: number;
  constructor(depth: number) {
    this.depth = depth;
  }
  settled(): void {}
}
