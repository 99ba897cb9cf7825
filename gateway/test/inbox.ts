/** What has arrived and was not taken yet, and who waits for something to arrive. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: { readonly wants: (item: Item) => boolean; readonly take: (item: Item) => void }[] = [];

  push(item: Item): void {
    const waiter = this.#waiting.find(({ wants }) => wants(item));
    if (waiter === undefined) {
      this.#items.push(item);
      return;
    }
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    waiter.take(item);
  }

  /** The first item that is wanted: one that is here, or the next to come. */
  take(wants: (item: Item) => boolean): Promise<Item> {
    const position = this.#items.findIndex(wants);
    const [item] = position === -1 ? [] : this.#items.splice(position, 1);
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#waiting.push({ wants, take: resolve });
    });
  }

  /** Those that are here now and wanted, without taking them. */
  peek(wants: (item: Item) => boolean): readonly Item[] {
    return this.#items.filter(wants);
  }
}
