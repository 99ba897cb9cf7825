import type { FeedItem } from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';

/** Where a feed's news go: one client. */
export interface FeedSink {
  deliver(item: FeedItem): void;
  /** Resolves when the client has read so far that more may be sent, or has left. */
  room(): Promise<void>;
}

export interface Feed {
  /** Idempotent; nothing is delivered after it. */
  close(): void;
}

/** How often a feed speaks at most: ten times a second look alive, and leave thousands of changes time to become one. */
const PACE_MS = 100;

/** When a feed speaks: soon after something changed, never more often than its pace, and only when its client reads. */
export class Pacer {
  readonly #clock: Clock;
  readonly #room: () => Promise<void>;
  readonly #speak: () => void;
  #spokeAt = Number.NEGATIVE_INFINITY;
  #touched = false;
  #closed = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, room: () => Promise<void>, speak: () => void) {
    this.#clock = clock;
    this.#room = room;
    this.#speak = speak;
  }

  touch(): void {
    if (this.#touched || this.#closed) return;
    this.#touched = true;
    const waitMs = this.#spokeAt + PACE_MS - this.#clock.monotonic();
    if (waitMs > 0) this.#timer = this.#clock.after(waitMs, () => void this.#run());
    else this.#clock.soon(() => void this.#run());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    await this.#room();
    this.#touched = false;
    if (this.#closed) return;
    this.#spokeAt = this.#clock.monotonic();
    this.#speak();
  }
}
