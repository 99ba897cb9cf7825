import {
  CeleriacError,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  OPEN_STREAMS,
  payloadSize,
  readCloseStreams,
  readOpenStreams,
  readTookChunks,
  type StreamItem,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { ReaderSink, StreamReader } from '../../broker/streams/stream-reader.ts';
import type { Streams } from '../../broker/streams/streams.ts';
import { authorize } from '../auth/authorize.ts';
import type { ClientSocket } from './client-socket.ts';
import { forbidden, refusalOf, tooManyStreams } from './refusals.ts';
import type { WatchDesk } from './watch-desk.ts';

/** About what an item costs without its chunks. */
const ENVELOPE_SIZE = 60;

/**
 * The streams that one client reads. Never has more on its way to a reader than the reader's credit, so that one who does
 * not take its chunks holds up nothing else on the socket.
 */
export class StreamDesk implements ReaderSink {
  readonly #socket: ClientSocket;
  readonly #streams: Streams;
  readonly #watches: WatchDesk;
  readonly #readers = new Map<number, StreamReader>();
  /** Those of them that need no right to read: their tasks were called here. */
  readonly #own = new Set<number>();

  constructor(socket: ClientSocket, streams: Streams, watches: WatchDesk) {
    this.#socket = socket;
    this.#streams = streams;
    this.#watches = watches;
  }

  /** What is watched here is allowed: a caller watches its own tasks whatever its token says. @throws FrameError, CeleriacError */
  open(items: unknown): void {
    const refused: StreamItem[] = [];
    for (const [number, id, generation, from] of readOpenStreams(items)) {
      if (!this.#socket.connected) return;
      if (this.#readers.has(number))
        throw new CeleriacError('BAD_FRAME', `expected a new number for a reader, got: ${number} again`);
      const allowed = authorize.openStreams(this.#socket.data.grant, id) || this.#watches.has(id);
      if (!allowed) refused.push([number, 'refused', refusalOf(forbidden('read this task'))]);
      else if (this.#readers.size >= OPEN_STREAMS)
        refused.push([number, 'refused', refusalOf(tooManyStreams())]);
      else {
        if (this.#watches.isOwn(id)) this.#own.add(number);
        this.#readers.set(number, this.#streams.open(number, id, [generation, from], this));
      }
    }
    if (refused.length > 0) this.#send(refused);
  }

  /** @throws FrameError */
  took(items: unknown): void {
    for (const [number, chunks, size] of readTookChunks(items)) {
      const reader = this.#readers.get(number);
      if (reader !== undefined) this.#streams.took(reader, chunks, size);
    }
  }

  /** @throws FrameError */
  close(numbers: unknown): void {
    for (const number of readCloseStreams(numbers)) this.#close(number);
  }

  /** Another token has come, and the watches know already. */
  authorizeAnew(): void {
    const refused: StreamItem[] = [];
    for (const [number, { id }] of this.#readers) {
      if (this.#own.has(number) || authorize.openStreams(this.#socket.data.grant, id)) continue;
      this.#close(number);
      refused.push([number, 'refused', refusalOf(forbidden('read this task any more'))]);
    }
    if (refused.length > 0) this.#send(refused);
  }

  /** The client is gone. */
  clear(): void {
    for (const number of [...this.#readers.keys()]) this.#close(number);
  }

  deliver(items: readonly StreamItem[]): void {
    for (const [number, kind] of items) if (kind === 'end') this.#forget(number);
    this.#send(items);
  }

  #close(number: number): void {
    const reader = this.#readers.get(number);
    if (reader === undefined) return;
    this.#forget(number);
    this.#streams.close(reader);
  }

  #forget(number: number): void {
    this.#readers.delete(number);
    this.#own.delete(number);
  }

  #send(items: readonly StreamItem[]): void {
    for (const run of cutBatch(items, sizeOf, FRAME_ITEMS, FRAME_SOFT_LIMIT))
      this.#socket.emit('streams', run);
  }
}

function sizeOf(item: StreamItem): number {
  if (item[1] !== 'chunks') return ENVELOPE_SIZE;
  return item[4].reduce((size, payload) => size + payloadSize(payload) + 3, ENVELOPE_SIZE);
}
