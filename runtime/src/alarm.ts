import type { Clock, Timer } from './clock.ts';

/** A wall clock can be set back or forward under a timer; the alarm looks again at least this often. */
const LONGEST_WAIT_MS = 30_000;

/**
 * One timer for the earliest of many moments in wall time, so that a million scheduled tasks cost one timer.
 * Rings at or after the moment, never before it.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Makes sure that it rings by then; a later moment than the one set changes nothing. */
  notice(at: number): void {
    if (this.#at !== undefined && this.#at <= at) return;
    this.#at = at;
    this.#arm();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#at = undefined;
  }

  #arm(): void {
    this.#timer?.cancel();
    if (this.#at === undefined) return;
    const wait = Math.min(Math.max(0, this.#at - this.#clock.now()), LONGEST_WAIT_MS);
    this.#timer = this.#clock.after(wait, () => this.#look());
  }

  #look(): void {
    if (this.#at === undefined) return;
    if (this.#clock.now() < this.#at) {
      this.#arm();
      return;
    }
    this.#at = undefined;
    this.#ring();
  }
}
