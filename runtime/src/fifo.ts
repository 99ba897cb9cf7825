/** Of fewer than these nothing is cut off but all at once. */
const TRIM_FROM = 32;

/** First in, first out: an array with a moving head, whose past is cut off when it is the larger part. Has no bound of its own. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** @param place from 0, the oldest; not below */
  at(place: number): Item | undefined {
    return this.#items[this.#head + place];
  }

  /** Takes the oldest. */
  take(): Item | undefined {
    if (this.#head === this.#items.length) return undefined;
    const oldest = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    this.#trim();
    return oldest;
  }

  /** Drops the oldest, and no more than there are. */
  drop(count: number): void {
    for (let left = Math.min(count, this.size); left > 0; left--) this.take();
  }

  /** Before all others, in this order. */
  putBack(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  #trim(): void {
    if (this.#head < Math.min(this.#items.length, TRIM_FROM) || this.#head * 2 < this.#items.length) return;
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
