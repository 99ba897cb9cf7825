import type { Reason } from '@celeriac/protocol';
import {
  payloadSize,
  READ_WINDOW,
  READ_WINDOW_SIZE,
  type StreamItem,
  type WirePayload,
} from '@celeriac/protocol/internal';
import type { ChunkRing } from '@celeriac/runtime';
import { READER_PATIENCE_MS } from './stream-limits.ts';

/** The receiver. Called once per turn. */
export interface ReaderSink {
  deliver(items: readonly StreamItem[]): void;
}

/** What a reader reads. */
export interface Readable {
  /** The attempt whose chunks these are; 0 before any. */
  readonly generation: number;
  /** Why the attempt before did not end the task. */
  readonly reason: Reason;
  readonly ring: ChunkRing<WirePayload>;
  /** How many chunks there are in all; `undefined` while the task goes on. */
  readonly count: number | undefined;
}

/** A reader's position in a stream and its credit: a few numbers, however much the stream holds. */
export class ClientReader {
  readonly number: number;
  readonly id: string;
  readonly sink: ReaderSink;
  /** 0 until it has joined one. */
  #generation: number;
  #next: number;
  #sent = 0;
  #sentSize = 0;
  #taken = 0;
  #takenSize = 0;
  /** Monotonic: when it last took something, or had nothing to take. */
  #movedAt: number;

  constructor(
    number: number,
    id: string,
    sink: ReaderSink,
    from: readonly [generation: number, next: number],
    now: number,
  ) {
    this.number = number;
    this.id = id;
    this.sink = sink;
    [this.#generation, this.#next] = from;
    this.#movedAt = now;
  }

  /** The chunk that it is sent next, in that generation. */
  nextIn(generation: number): number {
    return this.#generation === generation ? this.#next : 0;
  }

  /** Whether a task waits for it. */
  isLive(now: number): boolean {
    return this.#taken === this.#sent || now - this.#movedAt < READER_PATIENCE_MS;
  }

  /** Totals since it was opened; more than it was sent it cannot have taken. */
  took(chunks: number, size: number, now: number): void {
    if (chunks <= this.#taken) return;
    this.#taken = Math.min(chunks, this.#sent);
    this.#takenSize = Math.min(Math.max(size, this.#takenSize), this.#sentSize);
    this.#movedAt = now;
  }

  /** What it can be told now; the last item is its end where there is one. */
  *read(stream: Readable, now: number): Generator<StreamItem, void> {
    const { number } = this;
    const { generation, ring, count } = stream;
    // One that has ended in fewer attempts than its reader has seen is of a store that was restored from a backup.
    const takenBack = generation > 0 && generation < this.#generation && count !== undefined;
    if (generation > this.#generation || takenBack) {
      if (this.#generation > 0) yield [number, 'restart', generation, stream.reason];
      this.#generation = generation;
      this.#next = 0;
    }
    // A gateway that was restarted learns of a stream after its readers: they wait for it.
    if (generation < this.#generation && count === undefined) return;
    while (this.#next < ring.next) {
      if (!this.#hasCredit) return;
      // Not before: a reader that takes nothing is told of its gap once, not with every chunk that is dropped.
      if (this.#next < ring.first) yield this.#skip(ring.first);
      else yield [number, 'chunks', generation, this.#next, this.#within(ring, now)];
    }
    if (count === undefined) return;
    if (this.#next < count) yield this.#skip(count);
    yield [number, 'end', generation, count];
  }

  #skip(to: number): StreamItem {
    const from = this.#next;
    this.#next = to;
    return [this.number, 'gap', this.#generation, from, to - from];
  }

  get #hasCredit(): boolean {
    return this.#sent - this.#taken < READ_WINDOW && this.#sentSize - this.#takenSize < READ_WINDOW_SIZE;
  }

  /** As many as its credit allows. */
  #within(ring: ChunkRing<WirePayload>, now: number): readonly WirePayload[] {
    if (this.#sent === this.#taken) this.#movedAt = now;
    const chunks = READ_WINDOW - (this.#sent - this.#taken);
    const size = READ_WINDOW_SIZE - (this.#sentSize - this.#takenSize);
    const payloads = ring.read(this.#next, chunks, size);
    this.#next += payloads.length;
    this.#sent += payloads.length;
    for (const payload of payloads) this.#sentSize += payloadSize(payload);
    return payloads;
  }
}
