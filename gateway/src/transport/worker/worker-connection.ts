import { RefusedError } from '@celeriac/protocol';
import {
  type AbortItem,
  type Assignment,
  encodeFrames,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  type GatewayWorkerFrame,
  jsonBytes,
  PEER_FRAME_LIMIT,
  payloadSize,
  type SettledAck,
  type ToldWorker,
  WORKER_CAPACITY,
  type WorkerOrder,
  type WorkerWelcome,
} from '@celeriac/protocol/internal';
import { type Clock, chunksOf, cutBatch } from '@celeriac/runtime';
import type { RawData, WebSocket } from 'ws';
import type { Note, WorkerPort } from '../../broker/roster.ts';
import type { PeerConnection } from '../peer-connection.ts';

/** The approximate size of an item in addition to its payloads and texts. */
const ENVELOPE_SIZE = 250;
/** What tells of one attempt: its nonce and a word or two. */
const NOTE_SIZE = 50;
/** What a welcome says besides the attempts that are lost. */
const WELCOME_BYTES = 8 * 1024;
/** A close frame has room for 123 (RFC 6455, 5.5); a character cut in two grows to three bytes. */
const CLOSE_REASON_BYTES = 118;
/** How much may be unread in a connection, in bytes. An honest worker is sent only what it asks for and its tasks. */
const UNREAD_LIMIT = 8 * 1024 * 1024;
/** Where assignments wait until it has read. A worker that has room for many large ones is given them at its own pace. */
const ASSIGN_AHEAD = 1024 * 1024;
/**
 * Acks of outcomes wait for another frame to the same worker, or for so many of them, or so long: a write costs as much as
 * all else that is done for several tasks, and the worker has taken its next tasks already.
 */
const ACK_MS = 2;
const ACKS = 1_000;
/** Aborts that wait behind the assignments they are about. */
const ABORTS = 2 * WORKER_CAPACITY;

export interface WorkerListener {
  message(data: RawData, isBinary: boolean): void;
  /** The answer to a probe. */
  alive(): void;
  /** @param code that it was closed with (RFC 6455, 7.4) */
  closed(code: number): void;
  /** It does not read, and is to be sent away. Once. */
  tooSlow(why: RefusedError): void;
}

/** One worker's socket, as the broker writes to it. What is sent to a closed socket is nothing. */
export class WorkerConnection implements WorkerPort {
  readonly #socket: WebSocket;
  readonly #peer: PeerConnection;
  readonly #listener: WorkerListener;
  readonly #clock: Pick<Clock, 'after'>;
  #frameLimit = PEER_FRAME_LIMIT;
  /** From where on another frame is begun. */
  #frameBytes = Math.min(PEER_FRAME_LIMIT, FRAME_SOFT_LIMIT);
  #frameItems = FRAME_ITEMS;
  /** In their order, and only references: whoever holds the leases holds the tasks. */
  readonly #waiting: (
    | readonly ['assign', readonly Assignment[]]
    | readonly ['abort', readonly AbortItem[]]
  )[] = [];
  #aborts = 0;
  #acks: SettledAck[] = [];
  /** Whether a timer runs that sends those. */
  #acksDue = false;
  #over = false;

  constructor(
    socket: WebSocket,
    peer: PeerConnection,
    clock: Pick<Clock, 'after'>,
    listener: WorkerListener,
  ) {
    this.#socket = socket;
    this.#peer = peer;
    this.#clock = clock;
    this.#listener = listener;
    socket.on('message', (data, isBinary) => this.#over || listener.message(data, isBinary));
    socket.on('pong', () => this.#over || listener.alive());
    socket.on('close', (code: number) => {
      this.#waiting.length = 0;
      listener.closed(code);
    });
    peer.onDrain(() => this.#goOn());
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /**
   * What the worker takes.
   * @param singly it closed the connection because of a frame's size: from now on each item is sent by itself
   */
  limit(frameBytes: number, singly: boolean): void {
    this.#frameLimit = frameBytes;
    this.#frameBytes = Math.min(frameBytes, FRAME_SOFT_LIMIT);
    this.#frameItems = singly ? 1 : FRAME_ITEMS;
  }

  send(frame: GatewayWorkerFrame): void {
    this.#write(JSON.stringify(frame));
  }

  probe(): void {
    if (this.open && !this.#over) this.#socket.ping();
  }

  /** What its worker has lost and the frame has no room for is told right after it. */
  welcome(welcome: WorkerWelcome): void {
    const [lost = [], ...rest] = cutBatch(
      welcome.lost,
      (nonce) => jsonBytes(nonce) + 1,
      Number.POSITIVE_INFINITY,
      this.#frameLimit - WELCOME_BYTES,
    );
    this.send(['welcome', { ...welcome, lost }]);
    this.abort(rest.flat().map((nonce): AbortItem => [nonce, 'lease-lost', false, 0]));
  }

  assign(items: readonly Assignment[]): readonly Assignment[] {
    const unfit: Assignment[] = [];
    for (const run of cutBatch(items, assignmentSize, this.#frameItems, this.#frameBytes)) {
      if (!this.#mustWait) unfit.push(...this.#sendRun('assign', run));
      else {
        const large = run.filter((item) => jsonBytes(['assign', [item]]) > this.#frameLimit);
        unfit.push(...large);
        this.#waiting.push([
          'assign',
          large.length === 0 ? run : run.filter((item) => !large.includes(item)),
        ]);
      }
    }
    return unfit;
  }

  tell<Name extends Note>(name: Name, items: ToldWorker<Name>): void {
    this.#sendNotes(name, items);
  }

  acknowledge(items: readonly SettledAck[]): void {
    if (items.length === 0 || !this.open) return;
    for (const item of items) this.#acks.push(item);
    if (this.#acks.length >= ACKS) this.#sendAcks();
    else if (!this.#acksDue) {
      this.#acksDue = true;
      this.#clock.after(ACK_MS, () => {
        this.#acksDue = false;
        this.#sendAcks();
      });
    }
  }

  /** Never before the assignment that it is about. */
  abort(items: readonly AbortItem[]): void {
    if (items.length === 0) return;
    if (this.#waiting.length === 0) {
      this.#sendNotes('abort', items);
      return;
    }
    this.#waiting.push(['abort', items]);
    this.#aborts += items.length;
    if (this.#aborts > ABORTS) this.#tooSlow(`${ABORTS} aborts`);
  }

  order(order: WorkerOrder): void {
    this.send(['order', order]);
  }

  /** Nothing that it says is heard from here on. */
  close(code: number, reason: string): void {
    this.#sendAcks();
    this.#over = true;
    this.#waiting.length = 0;
    this.#socket.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES).toString());
    this.#peer.hangUp();
  }

  get #mustWait(): boolean {
    return this.open && (this.#waiting.length > 0 || this.#socket.bufferedAmount > ASSIGN_AHEAD);
  }

  #goOn(): void {
    while (this.open && this.#socket.bufferedAmount <= ASSIGN_AHEAD) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next[0] === 'assign') this.#sendRun('assign', next[1]);
      else {
        this.#aborts -= next[1].length;
        this.#sendRun('abort', next[1]);
      }
    }
  }

  #tooSlow(what: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.tooSlow(
      new RefusedError('SLOW_READER', `more than ${what} are waiting for this worker to read them`),
    );
  }

  /** Items that are small, and of about the same size. */
  #sendNotes(type: GatewayWorkerFrame[0], items: readonly unknown[]): void {
    const most = Math.max(1, Math.floor(this.#frameBytes / NOTE_SIZE));
    for (const run of chunksOf(items, Math.min(this.#frameItems, most))) this.#sendRun(type, run);
  }

  /** @returns those that no frame can carry */
  #sendRun<Item>(type: GatewayWorkerFrame[0], run: readonly Item[]): readonly Item[] {
    const { frames, unfit } = encodeFrames(type, [run], this.#frameLimit);
    for (const frame of frames) this.#write(frame);
    return unfit;
  }

  #sendAcks(): void {
    if (this.#acks.length === 0) return;
    const acks = this.#acks;
    this.#acks = [];
    this.#sendNotes('acks', acks);
  }

  #write(text: string): void {
    if (!this.open) return;
    if (this.#acks.length === 0) this.#socket.send(text);
    else
      this.#peer.together(() => {
        this.#sendAcks();
        this.#socket.send(text);
      });
    if (this.#socket.bufferedAmount > UNREAD_LIMIT) this.#tooSlow(`${UNREAD_LIMIT} bytes`);
  }
}

/** About, in UTF-16 units: frames are cut by it first, and measured when they are written. */
export function assignmentSize([, id, , name, args, context]: Assignment): number {
  const { prepend, headers, shadow, argsRepr } = context;
  const own = ENVELOPE_SIZE + id.length + name.length + payloadSize(args);
  const texts = (headers?.length ?? 0) + (shadow?.length ?? 0) + (argsRepr?.length ?? 0);
  return (prepend?.reduce((size, payload) => size + payloadSize(payload), own) ?? own) + texts;
}
