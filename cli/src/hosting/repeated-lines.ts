import type { Clock, Timer } from '@celeriac/runtime';

/** How long further lines of one kind are counted before the count is logged. */
const QUIET_MS = 1_000;

interface Kind {
  count: number;
  timer: Timer;
}

/**
 * Lines that a peer can bring about as often as it likes. The first of a kind is told at once and whole; while more come,
 * one line a second says how many. Kinds are told apart by a text of ours, never by a peer's, so that they are few.
 */
export class RepeatedLines {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /**
   * @param first tells of the first one, with all that is known of it
   * @param more tells how many came in the second after
   */
  tell(kind: string, count: number, first: () => void, more: (count: number) => void): void {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    first();
    this.#kinds.set(kind, { count: 0, timer: this.#await(kind, more) });
  }

  #await(kind: string, more: (count: number) => void): Timer {
    return this.#clock.after(QUIET_MS, () => {
      const known = this.#kinds.get(kind);
      if (known === undefined) return;
      if (known.count === 0) {
        this.#kinds.delete(kind);
        return;
      }
      more(known.count);
      known.count = 0;
      known.timer = this.#await(kind, more);
    });
  }
}
