import type { Duplex } from 'node:stream';
import { RefusedError } from '@celeriac/protocol';
import { type Clock, deadline, type Timer } from '@celeriac/runtime';

/**
 * What a peer may have the socket keep: fragments of one message, where ours come in one, and pongs that the network has not
 * taken, where ours never ping. One more of either ends the connection.
 */
export const KEPT_FOR_PEER = { maxFragments: 64, maxPendingAutoPongs: 16 };
/** What a connection may say before its token is accepted, in bytes, and how long it may take. */
const STRANGER_BYTES = 32 * 1024;
const STRANGER_MS = 5_000;
/**
 * How long the other end may take over its part of the closing handshake, and what it may still say meanwhile, unheard. What an
 * honest one has on its way must not end the connection before it has read why; a stranger has nothing on its way.
 */
const LEAVING_MS = 1_000;
const LEAVING_BYTES = 1024 * 1024;

/** The network connection under either link. Whoever speaks on it says whom it has let in, and whom it has hung up on. */
export interface PeerConnection {
  /** Of the network, of whoever speaks. */
  readonly address: string;
  /** From here on what a stranger says is counted. @param tooMuch it said too much, or nothing for too long: tell it, and hang up */
  watch(tooMuch: (why: RefusedError) => void): void;
  /** Its token is accepted. */
  letIn(): void;
  /** Calls back whenever the network has taken everything, after there was more than it would take at once. */
  onDrain(listener: () => void): void;
  /** The last word is said: nothing more is heard, and the connection ends soon, whether the other end agrees or not. */
  hangUp(): void;
}

/**
 * Counts on the socket itself, where it makes no difference what the bytes are: one frame or many, its fragments, pings, or
 * a message that never ends. One that was let in costs nothing more.
 */
export class SocketConnection implements PeerConnection {
  readonly address: string;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #letIn: () => void;
  #phase: 'stranger' | 'guest' | 'leaving' = 'stranger';
  #left = STRANGER_BYTES;
  #timer: Timer | undefined;
  #tooMuch: ((why: RefusedError) => void) | undefined;
  readonly #count = (chunk: Buffer): void => this.#heard(chunk.length);

  constructor(socket: Duplex, address: string, clock: Clock, letIn: () => void) {
    this.address = address;
    this.#socket = socket;
    this.#clock = clock;
    this.#letIn = letIn;
    socket.once('close', () => this.#timer?.cancel());
  }

  watch(tooMuch: (why: RefusedError) => void): void {
    if (this.#phase !== 'stranger') return;
    this.#tooMuch = tooMuch;
    this.#listen();
    this.#timer = deadline(this.#clock, STRANGER_MS, () =>
      this.#refuse(new RefusedError('OVERLOADED', `no hello within ${STRANGER_MS} ms`)),
    );
  }

  letIn(): void {
    if (this.#phase !== 'stranger') return;
    this.#phase = 'guest';
    this.#timer?.cancel();
    this.#socket.off('data', this.#count);
    this.#letIn();
  }

  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  hangUp(): void {
    if (this.#phase === 'leaving') return;
    this.#left = this.#phase === 'guest' ? LEAVING_BYTES : STRANGER_BYTES;
    this.#phase = 'leaving';
    this.#timer?.cancel();
    if (this.#socket.destroyed) return;
    this.#listen();
    this.#timer = this.#clock.after(LEAVING_MS, () => this.#socket.destroy(), true);
  }

  /** Before the WebSocket, which would read a chunk first. The socket flows already, or is held back on purpose. */
  #listen(): void {
    this.#socket.off('data', this.#count);
    this.#socket.prependListener('data', this.#count);
  }

  #heard(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    if (this.#phase === 'leaving') this.#socket.destroy();
    else this.#refuse(new RefusedError('FRAME_TOO_LARGE', TOO_MUCH));
  }

  #refuse(why: RefusedError): void {
    if (this.#phase !== 'stranger') return;
    this.#tooMuch?.(why);
    this.hangUp();
  }
}

const TOO_MUCH = `a connection may send ${STRANGER_BYTES} bytes before its token is accepted`;
