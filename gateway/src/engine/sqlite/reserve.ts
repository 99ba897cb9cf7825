/**
 * Room on the disk that is given up when the disk is full, so that what was accepted can still end: outcomes and leases take it,
 * while new tasks are refused. A file beside the store, made again when there is room for it twice.
 */
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { RESERVE_HEAD } from './marks.ts';
import { PRIVATE } from './private-file.ts';

const PIECE = 1024 * 1024;

export class Reserve {
  readonly #file: string;
  readonly #folder: string;
  readonly #bytes: number;
  #held = false;

  /** @param bytes 0 keeps none */
  constructor(store: string, bytes: number) {
    this.#file = `${store}-reserve`;
    this.#folder = dirname(store);
    this.#bytes = bytes;
  }

  /** @returns false where there is not enough room */
  fill(): boolean {
    this.#held = this.#isThere() || (this.#hasRoom() && this.#write());
    return this.#held;
  }

  /** @returns whether there was something to give up */
  release(): boolean {
    const held = this.#held && this.#bytes > 0;
    this.#held = false;
    rmSync(this.#file, { force: true });
    return held;
  }

  #isThere(): boolean {
    return this.#bytes === 0 || statSync(this.#file, { throwIfNoEntry: false })?.size === this.#bytes;
  }

  /** Twice: what fills the disk shall not do so again with the first thing that is accepted. */
  #hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize >= 2 * this.#bytes;
  }

  #write(): boolean {
    const piece = Buffer.alloc(PIECE);
    piece.write(RESERVE_HEAD);
    const handle = openSync(this.#file, 'w', PRIVATE);
    try {
      for (let left = this.#bytes; left > 0; left -= PIECE)
        writeSync(handle, piece, 0, Math.min(left, PIECE));
      return true;
    } catch {
      rmSync(this.#file, { force: true });
      return false;
    } finally {
      closeSync(handle);
    }
  }
}
