/**
 * Whether this worker may still believe in its attempts, without asking anyone.
 *
 * The gateway counts a lease from when it received a heartbeat; we count from when the acked one was sent,
 * less a margin, so we always stop first. The lease is over as soon as either clock says so: the monotonic
 * one stands still while a machine sleeps, the wall clock may be set back.
 */
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';

/** How much earlier than the gateway we give up. */
const MARGIN_MS = 2_000;

/** One point in time on both clocks, in milliseconds. */
export interface ClockReading {
  readonly monotonic: number;
  readonly wall: number;
}

export function readClock(clock: Clock): ClockReading {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

export class SessionLease {
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #end: ClockReading | undefined;
  #timer: Timer | undefined;

  /** @param onLost called once for each lease that ended; the next grant begins another one */
  constructor(clock: Clock, onLost: () => void) {
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** @param sent when the hello or heartbeat was sent that the gateway has answered */
  grant(sent: ClockReading, leaseMs: number): void {
    const termMs = Math.max(0, leaseMs - MARGIN_MS);
    this.#end = { monotonic: sent.monotonic + termMs, wall: sent.wall + termMs };
    this.#arm();
  }

  get valid(): boolean {
    if (this.#end === undefined) return false;
    return this.#clock.monotonic() < this.#end.monotonic && this.#clock.now() < this.#end.wall;
  }

  /** Looks at the clocks now, where time may have jumped. */
  check(): void {
    if (this.#end === undefined || this.valid) return;
    this.end();
    this.#onLost();
  }

  /** Ends the lease silently: nothing is held under it. Idempotent. */
  end(): void {
    this.#end = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer?.cancel();
    if (this.#end === undefined) return;
    const leftMs = this.#end.monotonic - this.#clock.monotonic();
    // By the clock, since the gateway goes by its own; but a renewal that lies in the socket is read first.
    this.#timer = afterReading(this.#clock, leftMs, () => this.check());
  }
}
