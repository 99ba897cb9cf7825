/**
 * A queue for one reader that may be slow. Items have a size; above `limit` the feed stops keeping items and
 * remembers only which keys were touched, so that the reader gets one fresh value per key instead.
 * Memory is bounded by `limit` plus the number of distinct keys.
 */
export interface FeedContent<Item> {
  readonly items: readonly Item[];
  /** Of each of them, as it was pushed. */
  readonly sizes: readonly number[];
  /** Keys whose items were dropped; read them anew. */
  readonly stale: readonly string[];
}

export class BoundedFeed<Item> {
  readonly #limit: number;
  #items: Item[] = [];
  /** Beside the items: an object for each would cost more than it holds. */
  #sizes: number[] = [];
  #size = 0;
  readonly #stale = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get empty(): boolean {
    return this.#items.length === 0 && this.#stale.size === 0;
  }

  /**
   * Once a key is stale its later items are dropped too: the fresh value will include them.
   * @returns whether the item is kept
   */
  push(key: string, item: Item, size: number): boolean {
    if (this.#stale.size > 0 && this.#stale.has(key)) return false;
    if (this.#size + size > this.#limit && this.#items.length > 0) {
      this.#stale.add(key);
      return false;
    }
    this.#keep(item, size);
    return true;
  }

  /**
   * Lets go of what waits under these keys.
   * @param keyOf the key that an item was pushed with
   */
  forget(keys: ReadonlySet<string>, keyOf: (item: Item) => string): void {
    const { items, sizes } = this.#takeItems();
    for (const [position, item] of items.entries())
      if (!keys.has(keyOf(item))) this.#keep(item, sizes[position] ?? 0);
    for (const key of keys) this.#stale.delete(key);
  }

  take(): FeedContent<Item> {
    const stale = [...this.#stale];
    this.#stale.clear();
    return { ...this.#takeItems(), stale };
  }

  #keep(item: Item, size: number): void {
    this.#items.push(item);
    this.#sizes.push(size);
    this.#size += size;
  }

  #takeItems(): { readonly items: readonly Item[]; readonly sizes: readonly number[] } {
    const taken = { items: this.#items, sizes: this.#sizes };
    this.#items = [];
    this.#sizes = [];
    this.#size = 0;
    return taken;
  }
}
