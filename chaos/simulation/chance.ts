/** A seeded source of chance. Each part of a simulation has its own, so that one part's draws do not shift another's. */
export class Chance {
  #state: number;

  constructor(seed: number, part = '') {
    this.#state = seed | 0;
    for (const letter of part) this.#state = Math.imul(this.#state ^ letter.charCodeAt(0), 0x5bd1e995) + 1;
    // Neighbouring seeds must not begin alike.
    for (let turn = 0; turn < 4; turn++) this.unit();
  }

  /** In [0, 1): mulberry32. */
  readonly unit = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** True with this probability. */
  happens(share: number): boolean {
    return this.unit() < share;
  }

  /** @throws Error for an empty list */
  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('expected something to choose from, got nothing');
    return item;
  }

  /** By weight. */
  weighted<Item>(items: readonly (readonly [item: Item, weight: number])[]): Item {
    let left = this.unit() * items.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return this.oneOf(items)[0];
  }
}
