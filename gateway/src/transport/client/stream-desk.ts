import {
  CeleriacError,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  OPEN_STREAMS,
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
import { itemSize } from './sizes.ts';
import type { WatchDesk } from './watch-desk.ts';

/**
 * The streams that one client reads. Never has more on its way to a reader than the reader's credit, so that one who does
 * not take its chunks holds up nothing else on the socket.
 */
export class StreamDesk implements ReaderSink {
  readonly #socket: ClientSocket;
  readonly #streams: Streams;
  readonly #watches: WatchDesk;
  readonly #readers = new Map<number, StreamReader>();

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
      else this.#readers.set(number, this.#streams.open(number, id, [generation, from], this));
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

  /** The client is gone. */
  clear(): void {
    for (const number of [...this.#readers.keys()]) this.#close(number);
  }

  deliver(items: readonly StreamItem[]): void {
    for (const [number, kind] of items) if (kind === 'end') this.#readers.delete(number);
    this.#send(items);
  }

  #close(number: number): void {
    const reader = this.#readers.get(number);
    if (reader === undefined) return;
    this.#readers.delete(number);
    this.#streams.close(reader);
  }

  #send(items: readonly StreamItem[]): void {
    for (const run of cutBatch(items, itemSize, FRAME_ITEMS, FRAME_SOFT_LIMIT))
      this.#socket.emit('streams', run);
  }
}
