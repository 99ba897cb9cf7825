import type { Clock, Timer } from './clock.ts';

/** A wait is divided into this many timers: at most one part of it can pass unnoticed before a late timer shows it. */
const STEPS = 4;
/** A timer that comes this late was not only waiting for its turn: the loop was held, or the process stopped. */
const LATE_MS = 100;
/** A process that was blocked until the very end listens for one more step; at most this often, where timers are late for another reason. */
const MOST_EXTRA_STEPS = 3;

/**
 * Ends a wait for what another process may say, in time in which this one could have heard it.
 *
 * An event loop that was held (a breakpoint, a frozen tab, a long parse, SIGSTOP) finds its timers due before it has read what
 * came meanwhile. So the time in which it was held does not count, and what has arrived is read before anything is judged.
 * A wait that nothing holds up ends when a timer would end it.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #over: () => void;
  readonly #hold: boolean;
  /** In listening time. */
  #until: number | undefined;
  #stepMs = 0;
  #extraSteps = 0;
  /** Monotonic: when the present step ends. */
  #dueAt = 0;
  #timer: Timer | undefined;
  /** What does not count of the monotonic time so far. */
  #heldMs = 0;

  /**
   * @param over called at or after the moment that was set, and never inside {@link at}
   * @param hold whether a pending wait keeps a Node process alive; default false
   */
  constructor(clock: Clock, over: () => void, hold = false) {
    this.#clock = clock;
    this.#over = over;
    this.#hold = hold;
  }

  /**
   * Milliseconds that stand still while the process does not listen, as far as that was noticed: where it is noticed late they step back, by a
   * tenth of a second, or by a quarter of the wait that was all but over. Order nothing by them that may not be a little late.
   * @param now of the clock's monotonic time, where it was read just now
   */
  now(now: number = this.#clock.monotonic()): number {
    const known = this.#timer === undefined ? now : Math.min(now, this.#dueAt + LATE_MS);
    return known - this.#heldMs;
  }

  /** Ends the wait at this moment of {@link now}; a later one than the one set changes nothing. */
  at(moment: number): void {
    if (this.#until !== undefined && this.#until <= moment) return;
    this.#countHeld();
    this.#until = moment;
    this.#extraSteps = 0;
    this.#stepMs = Math.max(1, Math.ceil((moment - this.now()) / STEPS));
    this.#arm();
  }

  /** Idempotent. */
  cancel(): void {
    this.#countHeld();
    this.#until = undefined;
  }

  #arm(): void {
    if (this.#until === undefined) return;
    const stepMs = Math.min(this.#stepMs, Math.max(0, this.#until - this.now()));
    this.#dueAt = this.#clock.monotonic() + stepMs;
    this.#timer = this.#clock.after(stepMs, () => this.#look(), this.#hold);
  }

  #look(): void {
    const late = this.#countHeld();
    if (this.#until === undefined) return;
    if (late && this.now() >= this.#until && this.#extraSteps < MOST_EXTRA_STEPS) {
      this.#extraSteps += 1;
      this.#heldMs += this.#stepMs;
    }
    if (this.now() < this.#until) this.#arm();
    else this.#read(this.#until);
  }

  /** Timers come before what can be read: two turns later all has been read that was there. */
  #read(until: number): void {
    this.#clock.soon(() =>
      this.#clock.soon(() => {
        if (this.#until !== until || this.#timer !== undefined) return;
        this.#until = undefined;
        this.#over();
      }),
    );
  }

  /** The present step is over. @returns whether it was late */
  #countHeld(): boolean {
    if (this.#timer === undefined) return false;
    this.#timer.cancel();
    this.#timer = undefined;
    const lateMs = this.#clock.monotonic() - this.#dueAt;
    if (lateMs <= LATE_MS) return false;
    this.#heldMs += lateMs;
    return true;
  }
}

/**
 * A timer for the end of a wait for what another process may say; see {@link Patience}.
 * @param hold as for {@link Clock.after}
 */
export function deadline(clock: Clock, ms: number, over: () => void, hold = false): Timer {
  const patience = new Patience(clock, over, hold);
  patience.at(patience.now() + ms);
  return patience;
}

/** A timer that goes by the clock, but lets what has arrived by then be read first. @param hold as for {@link Clock.after} */
export function afterReading(clock: Clock, ms: number, callback: () => void, hold = false): Timer {
  let cancelled = false;
  const read = (): void => clock.soon(() => clock.soon(() => cancelled || callback()));
  const timer = clock.after(ms, read, hold);
  return {
    cancel: () => {
      cancelled = true;
      timer.cancel();
    },
  };
}
