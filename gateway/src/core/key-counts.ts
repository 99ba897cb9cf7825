/** Counts by key. What is zero is not kept: a key of which everything was given back leaves nothing behind. */
export class KeyCounts<Key> {
  readonly #counts = new Map<Key, number>();
  #total = 0;

  /** Of each key that something is counted of. */
  get counts(): ReadonlyMap<Key, number> {
    return this.#counts;
  }

  get total(): number {
    return this.#total;
  }

  of(key: Key): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: Key, by: 1 | -1): void {
    const count = this.of(key) + by;
    this.#total += by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
