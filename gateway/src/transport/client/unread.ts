import { RefusedError } from '@celeriac/protocol';
import type { ClientSocket } from './client-socket.ts';

/**
 * What may stand unread in a connection, in bytes: more than events that are held back ever come to. Beyond it are
 * receipts and answers of a client that asks on and on and does not read.
 */
export const UNREAD_LIMIT = 8 * 1024 * 1024;

/**
 * Keeps count of what was written for a client and not taken by the network. engine.io's buffer has no bound, so a client that
 * does not read must be let go before it fills the memory; it comes back and resumes where it was.
 */
export class Unread {
  readonly #tooMuch: (why: RefusedError) => void;
  /** Written since engine.io last passed its buffer on, and what it passed on then. */
  #waiting = 0;
  #passing = 0;
  #over = false;

  constructor(socket: ClientSocket, tooMuch: (why: RefusedError) => void) {
    this.#tooMuch = tooMuch;
    socket.conn.on('drain', () => {
      this.#passing = this.#waiting;
      this.#waiting = 0;
    });
  }

  /** @param size about, of the frame that `emit` writes */
  say(size: number, emit: () => void): void {
    if (this.#over) return;
    // Before: a connection that is idle passes it on at once.
    this.#waiting += size;
    emit();
    if (this.#waiting + this.#passing <= UNREAD_LIMIT) return;
    this.#over = true;
    this.#tooMuch(
      new RefusedError('SLOW_READER', `more than ${UNREAD_LIMIT} bytes wait for this client to read them`),
    );
  }
}
