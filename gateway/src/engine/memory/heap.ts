/** A binary heap: the entry that comes before all others is on top. Push and pop are O(log n). */
export class Heap<Entry> {
  readonly #before: (one: Entry, other: Entry) => boolean;
  readonly #entries: Entry[] = [];

  constructor(before: (one: Entry, other: Entry) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  peek(): Entry | undefined {
    return this.#entries[0];
  }

  /** All of them, in no order. */
  entries(): Iterable<Entry> {
    return this.#entries;
  }

  /** Drops all others. O(n). */
  keep(isKept: (entry: Entry) => boolean): void {
    for (const entry of this.#entries.splice(0).filter(isKept)) this.push(entry);
  }

  push(entry: Entry): void {
    const entries = this.#entries;
    let hole = entries.length;
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = entries[up];
      if (parent === undefined || !this.#before(entry, parent)) break;
      entries[hole] = parent;
      hole = up;
    }
    entries[hole] = entry;
  }

  pop(): Entry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (last !== undefined && entries.length > 0) this.#sink(last);
    return top;
  }

  #sink(entry: Entry): void {
    const entries = this.#entries;
    let hole = 0;
    for (;;) {
      const down = this.#firstChild(hole);
      const child = entries[down];
      if (child === undefined || !this.#before(child, entry)) break;
      entries[hole] = child;
      hole = down;
    }
    entries[hole] = entry;
  }

  #firstChild(parent: number): number {
    const left = 2 * parent + 1;
    const one = this.#entries[left];
    const other = this.#entries[left + 1];
    return one !== undefined && other !== undefined && this.#before(other, one) ? left + 1 : left;
  }
}
