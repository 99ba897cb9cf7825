import { RefusedError } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';

/** Connections let in per turn: a thousand a second, which leaves more than half of the time to connected clients. */
const PER_TURN = 50;
const TURN_MS = 50;
/** Anyone who would wait longer than two seconds is told to retry. */
const LINE = 2_000;
/** Their retries are spread over this long. */
const SPREAD_MS = 4_000;
const RETRY_MS = 1_000;

/**
 * Admits connections at a limited rate. After a restart everybody reconnects at the same moment, and each connection costs half a
 * millisecond: ten thousand at once would delay workers' heartbeats for seconds.
 */
export class ConnectPacer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #line: (() => void)[] = [];
  #left = PER_TURN;
  #turning = false;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves when the connection may enter. @throws RefusedError with `OVERLOADED` if too many wait */
  enter(): Promise<void> {
    this.#turn();
    if (this.#left > 0) {
      this.#left -= 1;
      return Promise.resolve();
    }
    if (this.#line.length < LINE) return new Promise((resolve) => this.#line.push(resolve));
    const retryAfterMs = RETRY_MS + Math.round(this.#random() * SPREAD_MS);
    return Promise.reject(new RefusedError('OVERLOADED', 'too many clients connect at once', retryAfterMs));
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#clock.after(TURN_MS, () => {
      this.#turning = false;
      const next = this.#line.splice(0, PER_TURN);
      this.#left = PER_TURN - next.length;
      for (const enter of next) enter();
      if (next.length > 0) this.#turn();
    });
  }
}
