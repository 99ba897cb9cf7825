import { RefusedError } from '@celeriac/protocol';
import type { ClientSocket } from './client-socket.ts';

/** How much may be unread in a connection, in UTF-16 units: more than events that are held back ever amount to. */
export const UNREAD_LIMIT = 8 * 1024 * 1024;

/**
 * Counts what was written for a client and not yet taken by the network, at the point that every packet passes: frames of all
 * kinds, answers and refusals. engine.io's buffer has no bound, so a client that does not read must be disconnected before it
 * fills the memory; it reconnects and resumes where it was.
 */
export class UnreadBytes {
  readonly #conn: ClientSocket['conn'];
  readonly #tooMuch: (why: RefusedError) => void;
  /** Written since engine.io last flushed its buffer, and what it flushed then. */
  #waiting = 0;
  #passing = 0;
  #over = false;

  constructor({ conn }: ClientSocket, tooMuch: (why: RefusedError) => void) {
    this.#conn = conn;
    this.#tooMuch = tooMuch;
    conn.on('packetCreate', ({ data }: { readonly data?: string | Buffer }) => this.#say(data?.length ?? 0));
    conn.on('drain', () => {
      this.#passing = this.#waiting;
      this.#waiting = 0;
    });
  }

  /** Called before the packet is written: if the network has taken everything, it is sent at once. */
  #say(size: number): void {
    if (this.#conn.transport.writable) this.#passing = 0;
    this.#waiting += size;
    if (this.#over || this.#waiting + this.#passing <= UNREAD_LIMIT) return;
    this.#over = true;
    this.#tooMuch(
      new RefusedError(
        'SLOW_READER',
        `more than ${UNREAD_LIMIT} bytes are waiting for this client to read them`,
      ),
    );
  }
}
