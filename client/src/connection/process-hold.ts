import type { Clock, Timer } from '@celeriac/runtime';

const RENEW_MS = 3_600_000;

/**
 * Keeps a Node process alive while anything is held, by one timer that counts; sockets and all other timers of
 * the client never do. In a browser it does nothing that matters.
 */
export class ProcessHold {
  readonly #clock: Clock;
  #held = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get held(): number {
    return this.#held;
  }

  acquire(): void {
    this.#held += 1;
    if (this.#held === 1) this.#arm();
  }

  release(): void {
    this.#held -= 1;
    if (this.#held > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.after(RENEW_MS, () => this.#arm(), true);
  }
}
