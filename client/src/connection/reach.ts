import { CeleriacError } from '@celeriac/protocol';
import type { Clock, Timer } from '@celeriac/runtime';
import { deadline } from '@celeriac/runtime/calling';

/**
 * Whether the gateway is to be had at all: not when it was away for `giveUpAfter`. One that says, in each of its sessions for
 * so long, what this end cannot read is no nearer than one that is away.
 */
export class Reach {
  readonly #clock: Clock;
  readonly #giveUpAfterMs: number;
  readonly #lost: () => void;
  #timer: Timer | undefined;
  #gone = false;
  #openedAt = 0;
  /** The end of the first session of those in a row that ended with nonsense. */
  #unsoundSince: number | undefined;

  /** @param lost it is out of reach from now on, until a session opens */
  constructor(clock: Clock, giveUpAfterMs: number, lost: () => void) {
    this.#clock = clock;
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#lost = lost;
  }

  get gone(): boolean {
    return this.#gone;
  }

  opened(): void {
    this.#openedAt = this.#clock.monotonic();
    this.#gone = false;
    this.close();
  }

  /** The session is over, or there was none yet. */
  away(): void {
    const now = this.#clock.monotonic();
    if (now - this.#openedAt >= this.#giveUpAfterMs) this.#unsoundSince = undefined;
    const spentMs = this.#unsoundSince === undefined ? 0 : now - this.#unsoundSince;
    this.#timer ??= deadline(this.#clock, Math.max(0, this.#giveUpAfterMs - spentMs), () => {
      this.#gone = true;
      this.#lost();
    });
  }

  /** Why the session ended, or did not open. */
  failed(reason: Error | null): void {
    const nonsense = reason instanceof CeleriacError && reason.code === 'BAD_FRAME';
    this.#unsoundSince = nonsense ? (this.#unsoundSince ?? this.#clock.monotonic()) : undefined;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
