import { RefusedError } from '@celeriac/protocol';
import type { Clock, Timer } from '@celeriac/runtime';

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
  readonly #line: PromiseWithResolvers<void>[] = [];
  #left = PER_TURN;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves when the connection may enter. @throws RefusedError with `OVERLOADED` if too many wait, `SHUTTING_DOWN` once it has stopped */
  enter(): Promise<void> {
    if (this.#stopped) return Promise.reject(goingDown());
    this.#turn();
    if (this.#left > 0) {
      this.#left -= 1;
      return Promise.resolve();
    }
    if (this.#line.length < LINE) {
      const waiting = Promise.withResolvers<void>();
      this.#line.push(waiting);
      return waiting.promise;
    }
    const retryAfterMs = RETRY_MS + Math.round(this.#random() * SPREAD_MS);
    return Promise.reject(new RefusedError('OVERLOADED', 'too many clients connect at once', retryAfterMs));
  }

  /** Nobody enters any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const { reject } of this.#line.splice(0)) reject(goingDown());
  }

  #turn(): void {
    this.#timer ??= this.#clock.after(TURN_MS, () => {
      this.#timer = undefined;
      const next = this.#line.splice(0, PER_TURN);
      this.#left = PER_TURN - next.length;
      for (const { resolve } of next) resolve();
      if (next.length > 0) this.#turn();
    });
  }
}

function goingDown(): RefusedError {
  return new RefusedError('SHUTTING_DOWN', 'the gateway is shutting down', RETRY_MS);
}
