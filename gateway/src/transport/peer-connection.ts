import type { Duplex } from 'node:stream';
import { RefusedError } from '@celeriac/protocol';
import { type Clock, deadline, type Timer } from '@celeriac/runtime';

/**
 * What a peer may make the socket buffer: fragments of one message (our peers send one), and pongs that the network has not
 * taken (our peers never ping). One more of either ends the connection.
 */
export const KEPT_FOR_PEER = { maxFragments: 64, maxPendingAutoPongs: 16 };
/** What a connection may send before its token is accepted, in bytes, and how long that may take. */
const STRANGER_BYTES = 32 * 1024;
const STRANGER_MS = 5_000;
/**
 * How long the other end may take for its part of the closing handshake, and what it may still send meanwhile, which is ignored.
 * Data that an honest peer has in flight must not end the connection before it has read why; a stranger has none in flight.
 */
const LEAVING_MS = 1_000;
const LEAVING_BYTES = 1024 * 1024;

/** The network connection below either link, which tells it when the peer is accepted and when to hang up. */
export interface PeerConnection {
  /** The peer's network address. */
  readonly address: string;
  /** From here on what a stranger sends is counted. @param tooMuch called when it sent too much, or nothing for too long: tell it, and hang up */
  watch(tooMuch: (why: RefusedError) => void): void;
  /** Its token is accepted. */
  letIn(): void;
  /** Calls back whenever the network has taken everything after a backlog. */
  onDrain(listener: () => void): void;
  /** All that is written meanwhile goes to the network at once. */
  together(write: () => void): void;
  /** The last frame is sent: nothing more is read, and the connection ends soon, whatever the other end does. */
  hangUp(): void;
}

/**
 * Counts bytes on the socket itself, whatever they are: one frame or many, fragments, pings, or a message that never ends. An
 * accepted connection costs nothing more.
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

  together(write: () => void): void {
    this.#socket.cork();
    write();
    this.#socket.uncork();
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

  /** Before the WebSocket's own listener, which would read a chunk first. The socket is already flowing, or paused on purpose. */
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
