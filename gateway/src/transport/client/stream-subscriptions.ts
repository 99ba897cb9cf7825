import {
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  FrameError,
  OPEN_STREAMS,
  type OpenStreamItem,
  type StreamItem,
  type TookItem,
} from '@celeriac/protocol/internal';
import { cutBatch } from '@celeriac/runtime';
import type { Broker } from '../../broker/broker.ts';
import type { ClientReader, ReaderSink } from '../../broker/streams/stream-reader.ts';
import { authorize } from '../auth/authorize.ts';
import { asksWhose } from '../auth/grant.ts';
import { forbidden, tooManyStreams, toRefusal } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import { itemSize } from './sizes.ts';
import type { WatchSubscriptions } from './watch-subscriptions.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * The streams that one client reads. Never sends a reader more than its credit, so that one that does
 * not take its chunks delays nothing else on the socket.
 */
export class StreamSubscriptions implements ReaderSink {
  readonly #socket: ClientSocket;
  readonly #broker: Pick<Broker, 'reader' | 'streams'>;
  readonly #watches: WatchSubscriptions;
  readonly #readers = new Map<number, ClientReader>();
  /** Readers whose right to read is being looked up, by the owners of their tasks. */
  readonly #asking = new Set<number>();
  /** Readers that need no right to read: this client called their tasks. */
  readonly #own = new Set<number>();

  constructor(socket: ClientSocket, broker: Pick<Broker, 'reader' | 'streams'>, watches: WatchSubscriptions) {
    this.#socket = socket;
    this.#broker = broker;
    this.#watches = watches;
  }

  /** A watched task is allowed: a caller watches its own tasks whatever its token says. @throws CeleriacError */
  async open(items: readonly OpenStreamItem[]): Promise<void> {
    const { grant } = this.#socket.data;
    const own = asksWhose(grant, 'read');
    const refused: StreamItem[] = [];
    const asked: OpenStreamItem[] = [];
    for (const item of items) {
      const [number, id] = item;
      if (!this.#socket.connected) return;
      if (this.#readers.has(number) || this.#asking.has(number))
        throw new FrameError(`expected a new number for a reader, got: ${number} again`);
      const allowed = authorize.openStreams(grant, id) || this.#watches.has(id);
      if (!allowed && !own) refused.push(notReadable(number));
      else if (this.#readers.size + this.#asking.size >= OPEN_STREAMS)
        refused.push([number, 'refused', toRefusal(tooManyStreams())]);
      else if (allowed) this.#open(item);
      else {
        this.#asking.add(number);
        asked.push(item);
      }
    }
    if (refused.length > 0) this.#send(refused);
    if (asked.length > 0) await this.#openOwn(asked);
  }

  /** With the right to its own tasks only, a client gets the same answer for tasks of others and for unknown ones. */
  async #openOwn(items: readonly OpenStreamItem[]): Promise<void> {
    try {
      const own = await this.#broker.reader.concerned(
        items.map(([, id]) => id),
        (id, caller) => authorize.openStreams(this.#socket.data.grant, id, caller),
      );
      const wanted = items.filter(([number]) => this.#asking.has(number));
      for (const item of wanted) if (own.has(item[1])) this.#open(item);
      const refused = wanted.filter(([, id]) => !own.has(id)).map(([number]) => notReadable(number));
      if (refused.length > 0) this.#send(refused);
    } finally {
      for (const [number] of items) this.#asking.delete(number);
    }
  }

  #open([number, id, generation, from]: OpenStreamItem): void {
    if (this.#watches.isOwn(id)) this.#own.add(number);
    this.#readers.set(number, this.#broker.streams.open(number, id, [generation, from], this));
  }

  took(items: readonly TookItem[]): void {
    for (const [number, chunks, size] of items) {
      const reader = this.#readers.get(number);
      if (reader !== undefined) this.#broker.streams.took(reader, chunks, size);
    }
  }

  close(numbers: readonly number[]): void {
    for (const number of numbers) this.#close(number);
  }

  /** Another token has come. */
  async authorizeAnew(): Promise<void> {
    const { grant } = this.#socket.data;
    const asked = [...this.#readers].filter(
      ([number, { id }]) => !this.#own.has(number) && !authorize.openStreams(grant, id),
    );
    if (asked.length === 0) return;
    const mine = asksWhose(grant, 'read')
      ? await this.#broker.reader.concerned(
          asked.map(([, { id }]) => id),
          (id, caller) => authorize.openStreams(this.#socket.data.grant, id, caller),
        )
      : NONE;
    const refused: StreamItem[] = [];
    for (const [number, { id }] of asked) {
      if (mine.has(id) || !this.#readers.has(number)) continue;
      this.#close(number);
      refused.push([number, 'refused', toRefusal(forbidden('read this task any longer'))]);
    }
    if (refused.length > 0) this.#send(refused);
  }

  /** The client is gone. */
  clear(): void {
    for (const number of [...this.#readers.keys()]) this.#close(number);
    this.#asking.clear();
  }

  deliver(items: readonly StreamItem[]): void {
    for (const [number, kind] of items) if (kind === 'end') this.#forget(number);
    this.#send(items);
  }

  #close(number: number): void {
    this.#asking.delete(number);
    const reader = this.#readers.get(number);
    if (reader === undefined) return;
    this.#forget(number);
    this.#broker.streams.close(reader);
  }

  #forget(number: number): void {
    this.#readers.delete(number);
    this.#own.delete(number);
  }

  #send(items: readonly StreamItem[]): void {
    for (const run of cutBatch(items, itemSize, FRAME_ITEMS, FRAME_SOFT_LIMIT))
      this.#socket.emit('streams', run);
  }
}

function notReadable(number: number): StreamItem {
  return [number, 'refused', toRefusal(forbidden('read this task'))];
}
