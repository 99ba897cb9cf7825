import { Fifo } from './fifo.ts';

/**
 * The newest part of an endless list, by absolute index: pushed at its end, dropped at its beginning, read from anywhere
 * between. Knows the size between any two places without counting again. Has no bound of its own: its owner drops.
 */
export class ChunkRing<Chunk> {
  #chunks = new Fifo<Chunk>();
  /** Size of everything before each chunk, since the ring began. */
  #offsets = new Fifo<number>();
  #first = 0;
  #total = 0;

  /** Index of the oldest chunk that is kept; {@link next} when there is none. */
  get first(): number {
    return this.#first;
  }

  /** Index of the chunk that is pushed next. */
  get next(): number {
    return this.#first + this.count;
  }

  get count(): number {
    return this.#chunks.size;
  }

  /** Of all that is kept. */
  get size(): number {
    return this.sizeBetween(this.#first, this.next);
  }

  push(chunk: Chunk, size: number): void {
    this.#chunks.push(chunk);
    this.#offsets.push(this.#total);
    this.#total += size;
  }

  /** Drops what is before `index`, and no more than there is. */
  dropBefore(index: number): void {
    const count = Math.min(index, this.next) - this.#first;
    if (count <= 0) return;
    this.#chunks.drop(count);
    this.#offsets.drop(count);
    this.#first += count;
  }

  /** Drops everything; the next chunk is the one of this index. */
  restart(index: number): void {
    this.#chunks = new Fifo();
    this.#offsets = new Fifo();
    this.#first = index;
    this.#total = 0;
  }

  /** Chunks from `from` on: as many as the limits allow, but one at least where there is one. `from` must be kept. */
  read(from: number, maxCount: number, maxSize: number): readonly Chunk[] {
    const found: Chunk[] = [];
    const last = Math.min(this.next, from + maxCount);
    for (let index = from; index < last; index++) {
      if (found.length > 0 && this.sizeBetween(from, index + 1) > maxSize) break;
      found.push(this.#chunks.at(index - this.#first) as Chunk);
    }
    return found;
  }

  /** Size of the chunks from `from` up to `to`; both within what is kept, or its end. */
  sizeBetween(from: number, to: number): number {
    return this.#offset(to) - this.#offset(from);
  }

  #offset(index: number): number {
    return this.#offsets.at(index - this.#first) ?? this.#total;
  }
}
