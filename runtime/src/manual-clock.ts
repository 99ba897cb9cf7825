import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock for tests: stands still until told. Wall and monotonic time move together unless `jumpWall` is used. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wallOffset: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(startsAt = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = startsAt;
  }

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending: Pending = {
      dueAt: this.#monotonic + Math.max(0, delayMs),
      order: this.#order++,
      callback,
    };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  /** How many timers wait: a test ends with none that it does not know of. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Runs every timer due within `ms`, in order, letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    await settle();
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.#monotonic = Math.max(this.#monotonic, next.dueAt);
      this.#pending.delete(next);
      next.callback();
      await settle();
    }
    this.#monotonic = Math.max(this.#monotonic, until);
  }

  /** Time that passes while code runs: no timer gets its turn before the next {@link advance}. */
  hold(ms: number): void {
    this.#monotonic += ms;
  }

  /** A step of the wall clock alone, as an NTP correction makes. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  #nextDue(until: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueAt > until) continue;
      if (
        next === undefined ||
        pending.dueAt < next.dueAt ||
        (pending.dueAt === next.dueAt && pending.order < next.order)
      ) {
        next = pending;
      }
    }
    return next;
  }
}

/** Lets chains of resolved promises run; 20 links is deeper than any of ours. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
