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
  type RoomItem,
  type SettledAck,
  type StartedAck,
  type WorkerOrder,
  type WorkerWelcome,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { WebSocket } from 'ws';
import type { WorkerPort } from '../../broker/roster.ts';

/** About what an item has beside its payloads and texts. */
const ENVELOPE_SIZE = 250;
/** What tells of one attempt: its nonce and a word or two. */
const NOTE_SIZE = 50;
/** What a welcome says besides the attempts that are lost. */
const WELCOME_BYTES = 8 * 1024;
/** A close frame has room for 123 (RFC 6455, 5.5); a character cut in two grows to three bytes. */
const CLOSE_REASON_BYTES = 118;

/** One worker's socket, as the broker writes to it. What is sent to a closed socket is nothing. */
export class WorkerConnection implements WorkerPort {
  readonly #socket: WebSocket;
  #frameLimit = PEER_FRAME_LIMIT;
  #frameItems = FRAME_ITEMS;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /**
   * What the worker takes.
   * @param singly it has hung up on a frame for its size: from now on each item goes by itself
   */
  limit(frameBytes: number, singly: boolean): void {
    this.#frameLimit = frameBytes;
    this.#frameItems = singly ? 1 : FRAME_ITEMS;
  }

  send(frame: GatewayWorkerFrame): void {
    this.#write(JSON.stringify(frame));
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
    return this.#sendItems('assign', items, assignmentSize);
  }

  ack(items: readonly SettledAck[]): void {
    this.#sendItems('acks', items, noteSize);
  }

  ackStarted(items: readonly StartedAck[]): void {
    this.#sendItems('startedAcks', items, noteSize);
  }

  abort(items: readonly AbortItem[]): void {
    this.#sendItems('abort', items, noteSize);
  }

  room(items: readonly RoomItem[]): void {
    this.#sendItems('room', items, noteSize);
  }

  order(order: WorkerOrder): void {
    this.send(['order', order]);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES).toString());
  }

  /** @returns those that no frame can carry */
  #sendItems<Item>(
    type: GatewayWorkerFrame[0],
    items: readonly Item[],
    sizeOf: (item: Item) => number,
  ): readonly Item[] {
    const size = Math.min(this.#frameLimit, FRAME_SOFT_LIMIT);
    const runs = cutBatch(items, sizeOf, this.#frameItems, size);
    const { frames, unfit } = encodeFrames(type, runs, this.#frameLimit);
    for (const frame of frames) this.#write(frame);
    return unfit;
  }

  #write(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }
}

/** About, in UTF-16 units: frames are cut by it first, and measured when they are written. */
export function assignmentSize([, id, , name, args, context]: Assignment): number {
  const { prepend, headers, shadow, argsRepr } = context;
  const own = ENVELOPE_SIZE + id.length + name.length + payloadSize(args);
  const texts = (headers?.length ?? 0) + (shadow?.length ?? 0) + (argsRepr?.length ?? 0);
  return (prepend?.reduce((size, payload) => size + payloadSize(payload), own) ?? own) + texts;
}

function noteSize(): number {
  return NOTE_SIZE;
}
