import type { Clock, Timer } from './clock.ts';

export interface RenewalOptions {
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Gets a new one and puts it in force. @returns how long that one lasts; `undefined`: without end */
  readonly renew: () => Promise<number | undefined>;
}

/** How long before the end it is renewed: a fifth of what is left, and no more than this; by chance up to twice as long. */
const LEAD_MS = 30_000;
const LEAD_SHARE = 0.2;
/** Between two tries, so that one that comes back as it was does not spin. */
const SHORTEST_MS = 500;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Renews what ends, such as a token, before it does. What fails is tried again until the end, and then no more: whoever enforces
 * the end tells of it.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  #timer: Timer | undefined;
  /** Monotonic. */
  #endsAt = Number.POSITIVE_INFINITY;
  #failures = 0;
  #stopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** @param leftMs how long the present one lasts; `undefined`: without end */
  lasts(leftMs: number | undefined): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#failures = 0;
    if (leftMs === undefined || this.#stopped) return;
    const { clock, random } = this.#options;
    this.#endsAt = clock.monotonic() + leftMs;
    const leadMs = Math.min(leftMs * LEAD_SHARE, LEAD_MS) * (1 + random());
    this.#in(leftMs - leadMs);
  }

  /** Idempotent. What is on its way comes to nothing. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #in(ms: number): void {
    const { clock } = this.#options;
    const waitMs = Math.max(ms, SHORTEST_MS);
    if (clock.monotonic() + waitMs >= this.#endsAt) return;
    this.#timer = clock.after(waitMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { random, renew } = this.#options;
    const due = this.#timer;
    try {
      const leftMs = await renew();
      this.lasts(leftMs);
    } catch {
      // Another one is in force since, whose end is waited for already.
      if (this.#stopped || this.#timer !== due) return;
      const grownMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
      this.#failures += 1;
      this.#in(grownMs * (0.5 + random() / 2));
    }
  }
}
