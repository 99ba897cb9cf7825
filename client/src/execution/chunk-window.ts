/**
 * The chunks that a body is ahead with, and whether it may go on. Beside the body, wherever that runs: what it is
 * told crosses a channel as one number.
 */
import { CHUNK_WINDOW, CHUNK_WINDOW_SIZE } from '@celeriac/protocol/internal';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

const GO_ON = Promise.resolve();

export class ChunkWindow {
  /** Sizes of the chunks that have not been taken over, oldest first. */
  readonly #sizes: number[] = [];
  #size = 0;
  #given = 0;
  readonly #waiting: Waiter[] = [];

  /** How many chunks were given so far: the index of the next one. */
  get given(): number {
    return this.#given;
  }

  get hasRoom(): boolean {
    return this.#sizes.length < CHUNK_WINDOW && this.#size < CHUNK_WINDOW_SIZE;
  }

  /** Somebody goes on without waiting for room. */
  get isFull(): boolean {
    return this.#sizes.length >= 2 * CHUNK_WINDOW || this.#size >= 2 * CHUNK_WINDOW_SIZE;
  }

  add(size: number): void {
    this.#given += 1;
    this.#sizes.push(size);
    this.#size += size;
  }

  /** All chunks before this one are taken over. */
  room(upTo: number): void {
    const taken = Math.min(upTo - (this.#given - this.#sizes.length), this.#sizes.length);
    if (taken <= 0) return;
    for (const size of this.#sizes.splice(0, taken)) this.#size -= size;
    if (this.hasRoom) for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when there is room. Rejects when the body is to stop. */
  whenRoom(): Promise<void> {
    if (this.hasRoom) return GO_ON;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the wait. */
  stop(reason: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
