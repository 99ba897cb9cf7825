import type { Clock, Timer } from '@celeriac/runtime';

/** One timer for the earliest of many monotonic moments; nobody's timer is its own. */
export class Sweep {
  readonly #clock: Clock;
  readonly #run: () => void;
  #at: number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Runs at `moment` at the latest; a later moment than the one set changes nothing. */
  at(moment: number): void {
    if (this.#at !== undefined && this.#at <= moment) return;
    this.#timer?.cancel();
    this.#at = moment;
    this.#timer = this.#clock.after(Math.max(0, moment - this.#clock.monotonic()), () => {
      this.#at = undefined;
      this.#run();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#at = undefined;
  }
}
