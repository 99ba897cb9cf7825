import type { Clock } from '@celeriac/runtime';

/** Items gone through in one turn of the event loop: a few milliseconds. */
const PORTION = 2_000;

/** Goes through long lists a portion per turn, one list after the other, so that no frame holds up everybody else. */
export class Portions {
  readonly #clock: Clock;
  #busy = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back for each portion: at once for a short list when no other is under way. */
  async each<Item>(items: readonly Item[], handle: (portion: readonly Item[]) => void): Promise<void> {
    if (this.#busy === 0 && items.length <= PORTION) {
      handle(items);
      return;
    }
    this.#busy += 1;
    const mine = this.#last.then(() => this.#walk(items, handle));
    this.#last = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      this.#busy -= 1;
    }
  }

  async #walk<Item>(items: readonly Item[], handle: (portion: readonly Item[]) => void): Promise<void> {
    for (let from = 0; from < items.length; from += PORTION) {
      if (from > 0) await new Promise<void>((resolve) => this.#clock.soon(resolve));
      handle(items.slice(from, from + PORTION));
    }
  }
}
