/** One WebSocket to the gateway: frames of text in and out. A new one is made for every connection. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  PEER_FRAME_LIMIT,
  REFUSAL_HEADER,
  type Refusal,
  readRefusal,
  readShape,
} from '@celeriac/protocol/internal';
import { WebSocket } from 'ws';

const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface SocketListener {
  opened(): void;
  received(text: string): void;
  /** Exactly once, and nothing else after it. */
  closed(end: SocketEnd): void;
}

export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  /** What the gateway said in a WebSocket's place. The HTTP answer of something on the way is no word of its. */
  readonly refusal: Refusal | undefined;
  /** A frame of ours was too large, for the gateway or for something on the way. */
  readonly choked: boolean;
}

/** What `closed` says when no closing handshake took place (RFC 6455, 7.1.5). */
const ABNORMAL_CLOSE = 1006;
/** A message was larger than its receiver takes (RFC 6455, 7.4.1). */
const MESSAGE_TOO_BIG = 1009;

export class GatewaySocket {
  readonly #socket: WebSocket;
  readonly #listener: SocketListener;
  #stream: Socket | undefined;
  #ended = false;
  #trouble = '';
  #refusal: Refusal | undefined;

  constructor(url: string, listener: SocketListener) {
    this.#listener = listener;
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: PEER_FRAME_LIMIT,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
    });
    this.#socket.on('upgrade', (response) => {
      this.#stream = response.socket;
    });
    this.#socket.on('unexpected-response', (request, response) => {
      this.#refusal = refusalIn(response);
      this.#trouble =
        this.#refusal?.message ?? `the server answered ${response.statusCode} instead of opening a WebSocket`;
      request.destroy();
      this.#end(ABNORMAL_CLOSE, '');
    });
    this.#socket.on('open', () => listener.opened());
    this.#socket.on('message', (data) => {
      // A terminated socket may still hand over what it has buffered.
      if (!this.#ended) listener.received(data.toString());
    });
    this.#socket.on('error', (error) => {
      this.#trouble = error.message;
    });
    this.#socket.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  /** Bytes that the kernel has not taken yet. */
  get backlog(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Writes frames with one system call.
   * @param whenWritten called when the kernel has taken every byte: before this returns, unless the socket is
   *   backed up. A process that dies from then on has still sent them. Never called on a socket that closed.
   */
  write(frames: readonly string[], whenWritten?: () => void): void {
    if (this.#ended) return;
    let late = whenWritten === undefined;
    const written = (error?: Error | null): void => {
      if (!late || error || this.#ended) return;
      whenWritten?.();
    };
    this.#stream?.cork();
    for (const [position, frame] of frames.entries()) {
      if (position === frames.length - 1 && whenWritten !== undefined) this.#socket.send(frame, written);
      else this.#socket.send(frame);
    }
    this.#stream?.uncork();
    if (whenWritten === undefined) return;
    if (this.#written) whenWritten();
    else late = true;
  }

  /**
   * net.Socket writes at once and queues only what the kernel refuses, so an empty queue is a finished write.
   * A stream that broke empties its queue as well, some phases before `close` says so.
   */
  get #written(): boolean {
    return this.#socket.bufferedAmount === 0 && this.#stream?.writable === true;
  }

  /** Closes with the closing handshake; `closed` follows. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends it now. A closing handshake would wait for a peer that may be gone. */
  terminate(reason: string): void {
    this.#socket.terminate();
    this.#end(ABNORMAL_CLOSE, reason);
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    // Where the frame was the gateway's, our own socket was in trouble.
    const choked = code === MESSAGE_TOO_BIG && this.#trouble === '';
    this.#listener.closed({ code, reason: reason || this.#trouble, refusal: this.#refusal, choked });
  }
}

function refusalIn({ headers }: IncomingMessage): Refusal | undefined {
  const told = headers[REFUSAL_HEADER];
  if (typeof told !== 'string') return undefined;
  try {
    return readShape(readRefusal, JSON.parse(decodeURIComponent(told)), REFUSAL_HEADER);
  } catch {
    return undefined;
  }
}
