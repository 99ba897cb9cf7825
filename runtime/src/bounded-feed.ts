/**
 * A queue for one reader that may be slow. Items have a size; above `limit` the feed stops keeping items and
 * remembers only which keys were touched, so that the reader gets one fresh value per key instead.
 * Memory is bounded by `limit` plus the number of distinct keys.
 */
export interface FeedContent<Item> {
  readonly items: readonly Item[];
  /** Keys whose items were dropped; read them anew. */
  readonly stale: readonly string[];
}

export class BoundedFeed<Item> {
  readonly #limit: number;
  #items: Item[] = [];
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
    if (this.#stale.has(key)) return false;
    if (this.#size + size > this.#limit && this.#items.length > 0) {
      this.#stale.add(key);
      return false;
    }
    this.#items.push(item);
    this.#size += size;
    return true;
  }

  /**
   * Lets go of what waits under these keys.
   * @param pushed the key and the size that an item was pushed with
   */
  forget(keys: ReadonlySet<string>, pushed: (item: Item) => readonly [key: string, size: number]): void {
    this.#items = this.#items.filter((item) => {
      const [key, size] = pushed(item);
      if (keys.has(key)) this.#size -= size;
      return !keys.has(key);
    });
    for (const key of keys) this.#stale.delete(key);
  }

  take(): FeedContent<Item> {
    const content = { items: this.#items, stale: [...this.#stale] };
    this.#items = [];
    this.#size = 0;
    this.#stale.clear();
    return content;
  }
}
