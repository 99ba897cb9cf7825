import {
  type AbortItem,
  type Assignment,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  type GatewayWorkerFrame,
  payloadSize,
  RefusedError,
  type RoomItem,
  type SettledAck,
  type StartedAck,
  WORKER_CAPACITY,
  type WorkerOrder,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { RawData, WebSocket } from 'ws';
import type { WorkerPort } from '../../broker/roster.ts';
import type { Line } from '../line.ts';

const ENVELOPE_SIZE = 250;
/** A close frame has room for 123 (RFC 6455, 5.5); a character cut in two grows to three bytes. */
const CLOSE_REASON_BYTES = 118;
/** What may stand unread in a connection, in bytes. An honest worker is told no more than what it asks for and is given. */
const UNREAD_LIMIT = 8 * 1024 * 1024;
/** Where assignments wait until it has read. A worker that has room for many large ones is given them at its own pace. */
const ASSIGN_AHEAD = 1024 * 1024;
/** Aborts that wait behind the assignments they are about. */
const ABORTS = 2 * WORKER_CAPACITY;

export interface WorkerListener {
  message(data: RawData, isBinary: boolean): void;
  closed(): void;
  /** It does not read, and is to be sent away. Once. */
  tooSlow(why: RefusedError): void;
}

/** One worker's socket, as the broker writes to it. What is sent to a closed socket is nothing. */
export class WorkerConnection implements WorkerPort {
  readonly #socket: WebSocket;
  readonly #line: Line;
  readonly #listener: WorkerListener;
  /** In their order, and only references: whoever holds the leases holds the tasks. */
  readonly #waiting: (
    | readonly ['assign', readonly Assignment[]]
    | readonly ['abort', readonly AbortItem[]]
  )[] = [];
  #aborts = 0;
  #over = false;

  constructor(socket: WebSocket, line: Line, listener: WorkerListener) {
    this.#socket = socket;
    this.#line = line;
    this.#listener = listener;
    socket.on('message', (data, isBinary) => this.#over || listener.message(data, isBinary));
    socket.on('close', () => {
      this.#waiting.length = 0;
      listener.closed();
    });
    line.onDrain(() => this.#goOn());
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(frame: GatewayWorkerFrame): void {
    if (!this.open) return;
    this.#socket.send(JSON.stringify(frame));
    if (this.#socket.bufferedAmount > UNREAD_LIMIT) this.#tooSlow(`${UNREAD_LIMIT} bytes`);
  }

  assign(items: readonly Assignment[]): void {
    for (const run of cutBatch(items, assignmentSize, FRAME_ITEMS, FRAME_SOFT_LIMIT)) {
      if (this.#mustWait) this.#waiting.push(['assign', run]);
      else this.send(['assign', run]);
    }
  }

  ack(items: readonly SettledAck[]): void {
    if (items.length > 0) this.send(['acks', items]);
  }

  ackStarted(items: readonly StartedAck[]): void {
    if (items.length > 0) this.send(['startedAcks', items]);
  }

  /** Never before the assignment that it is about. */
  abort(items: readonly AbortItem[]): void {
    if (items.length === 0) return;
    if (this.#waiting.length === 0) {
      this.send(['abort', items]);
      return;
    }
    this.#waiting.push(['abort', items]);
    this.#aborts += items.length;
    if (this.#aborts > ABORTS) this.#tooSlow(`${ABORTS} aborts`);
  }

  room(items: readonly RoomItem[]): void {
    if (items.length > 0) this.send(['room', items]);
  }

  order(order: WorkerOrder): void {
    this.send(['order', order]);
  }

  /** Nothing that it says is heard from here on. */
  close(code: number, reason: string): void {
    this.#over = true;
    this.#waiting.length = 0;
    this.#socket.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES).toString());
    this.#line.hangUp();
  }

  get #mustWait(): boolean {
    return this.open && (this.#waiting.length > 0 || this.#socket.bufferedAmount > ASSIGN_AHEAD);
  }

  #goOn(): void {
    while (this.open && this.#socket.bufferedAmount <= ASSIGN_AHEAD) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next[0] === 'abort') this.#aborts -= next[1].length;
      this.send(next);
    }
  }

  #tooSlow(what: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.tooSlow(
      new RefusedError('SLOW_READER', `more than ${what} wait for this worker to read them`),
    );
  }
}

function assignmentSize([, , , , args]: Assignment): number {
  return ENVELOPE_SIZE + payloadSize(args);
}
