/**
 * One line of time for all machines of a simulation.
 *
 * Every callback is an event-loop turn of its own: whatever promises it settles have run dry before the next one.
 */
import { systemClock, type Timer } from '@celeriac/runtime';

interface Pending {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Wall time when a simulation begins. */
export const STARTS_AT = Date.UTC(2026, 0, 1);
/** Turns that one simulation may take: far more than any of ours, so that one that spins ends. */
const MOST_TURNS = 2_000_000;

export class Time {
  readonly #heap: Pending[] = [];
  #now = 0;
  #order = 0;
  #turns = 0;

  get now(): number {
    return this.#now;
  }

  at(at: number, callback: () => void): Timer {
    const pending: Pending = { at: Math.max(this.#now, at), order: this.#order++, callback };
    this.#push(pending);
    return {
      cancel: () => {
        pending.callback = undefined;
      },
    };
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.at(this.#now + Math.max(0, delayMs), callback);
  }

  /** Goes on until then. @throws Error when that takes more turns than any simulation should */
  async runUntil(until: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.callback === undefined) continue;
      this.#now = next.at;
      this.#turns += 1;
      if (this.#turns > MOST_TURNS)
        throw new Error(`still busy after ${MOST_TURNS} turns, at ${this.#now} ms`);
      next.callback();
      await settled();
    }
    this.#now = until;
  }

  #push(pending: Pending): void {
    const heap = this.#heap;
    let child = heap.push(pending) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    this.#swap(0, heap.length - 1);
    heap.pop();
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}

/** All promises that can settle have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => systemClock.soon(resolve));
}
