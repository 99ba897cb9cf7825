import {
  type AbortItem,
  type Assignment,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  type GatewayWorkerFrame,
  payloadSize,
  type RoomItem,
  type SettledAck,
  type StartedAck,
  type WorkerOrder,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { WebSocket } from 'ws';
import type { WorkerPort } from '../../broker/roster.ts';

const ENVELOPE_SIZE = 250;
/** A close frame has room for 123 (RFC 6455, 5.5); a character cut in two grows to three bytes. */
const CLOSE_REASON_BYTES = 118;

/** One worker's socket, as the broker writes to it. What is sent to a closed socket is nothing. */
export class WorkerConnection implements WorkerPort {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(frame: GatewayWorkerFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  assign(items: readonly Assignment[]): void {
    for (const run of cutBatch(items, assignmentSize, FRAME_ITEMS, FRAME_SOFT_LIMIT))
      this.send(['assign', run]);
  }

  ack(items: readonly SettledAck[]): void {
    if (items.length > 0) this.send(['acks', items]);
  }

  ackStarted(items: readonly StartedAck[]): void {
    if (items.length > 0) this.send(['startedAcks', items]);
  }

  abort(items: readonly AbortItem[]): void {
    if (items.length > 0) this.send(['abort', items]);
  }

  room(items: readonly RoomItem[]): void {
    if (items.length > 0) this.send(['room', items]);
  }

  order(order: WorkerOrder): void {
    this.send(['order', order]);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES).toString());
  }
}

function assignmentSize([, , , , args]: Assignment): number {
  return ENVELOPE_SIZE + payloadSize(args);
}
