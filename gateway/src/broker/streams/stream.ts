import type { Reason } from '@celeriac/protocol';
import {
  CHUNK_WINDOW,
  CHUNK_WINDOW_SIZE,
  PAYLOAD_LIMIT,
  payloadSize,
  type StreamItem,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { ChunkRing } from '@celeriac/runtime';
import {
  AHEAD_CHUNKS,
  AHEAD_SIZE,
  CHUNK_ENVELOPE,
  FIRST_READER_MS,
  KEPT_CHUNKS,
  KEPT_SIZE,
} from './stream-limits.ts';
import type { ClientReader, Readable } from './stream-reader.ts';

/** What a worker may still send once it gets no more room: `emit` throws at twice the window. */
const OVERSHOOT_CHUNKS = 2 * CHUNK_WINDOW;
const OVERSHOOT_SIZE = 2 * CHUNK_WINDOW_SIZE + PAYLOAD_LIMIT + OVERSHOOT_CHUNKS * CHUNK_ENVELOPE;

/**
 * The newest chunks of one task, and those who read them. What has been taken over from the worker is what lies before
 * `room`: it moves on with the chunks, but never further ahead of the slowest live reader than the bound, so that the
 * worker's own window fills and its body waits.
 */
export class Stream implements Readable {
  readonly id: string;
  readonly ring = new ChunkRing<WirePayload>();
  readonly #readers = new Set<ClientReader>();
  #generation = 0;
  #reason: Reason = 'retry';
  #count: number | undefined;
  #endedAt: number | undefined;
  /** Monotonic: until then a first reader is waited for; `undefined` before there is anything, and when one has come. */
  #expectedUntil: number | undefined;
  #room = 0;

  constructor(id: string) {
    this.id = id;
  }

  get generation(): number {
    return this.#generation;
  }

  get reason(): Reason {
    return this.#reason;
  }

  get count(): number | undefined {
    return this.#count;
  }

  /** Monotonic; `undefined` while the task goes on. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** Whether chunks are not accepted yet, for the sake of a first reader that may be about to come. */
  isHeldUp(now: number): boolean {
    return this.#isExpecting(now) && this.#room < this.ring.next;
  }

  /** The worker may forget all before this chunk. */
  get room(): number {
    return this.#room;
  }

  add(reader: ClientReader): void {
    this.#readers.add(reader);
    this.#expectedUntil = undefined;
  }

  remove(reader: ClientReader): void {
    this.#readers.delete(reader);
  }

  /** Another attempt runs: the chunks of the one before no longer count. */
  begin(generation: number, reason: Reason, now: number): void {
    if (generation <= this.#generation || this.#count !== undefined) return;
    if (this.#generation === 0 && !this.isRead) this.#expectedUntil = now + FIRST_READER_MS;
    this.#generation = generation;
    this.#reason = reason;
    this.#room = 0;
    this.ring.restart(0);
  }

  /** Chunks of the present generation; those that are known already are passed over, those before `first` are missing. */
  push(first: number, payloads: readonly WirePayload[], now: number): void {
    if (first > this.ring.next) this.ring.restart(first);
    for (const payload of payloads.slice(this.ring.next - first))
      this.ring.push(payload, payloadSize(payload) + CHUNK_ENVELOPE);
    this.#trim(now);
  }

  /** @param count of the chunks of its last attempt */
  end(count: number, now: number): void {
    if (this.#count !== undefined) return;
    this.#count = Math.max(count, this.ring.next);
    this.#endedAt = now;
  }

  /** What its readers can be sent now. Readers that are told the end are removed. */
  *tell(now: number): Generator<readonly [ClientReader, readonly StreamItem[]], void> {
    for (const reader of this.#readers) {
      const items = [...reader.read(this, now)];
      if (items.length === 0) continue;
      if (items.at(-1)?.[1] === 'end') this.#readers.delete(reader);
      yield [reader, items];
    }
  }

  /** Takes over what there is room for. @returns whether {@link room} has moved */
  takeOver(now: number): boolean {
    const before = this.#room;
    const { ring } = this;
    const slowest = this.#slowest(now);
    this.#room = Math.max(before, ring.first);
    while (this.#room < ring.next && this.#isWithin(slowest, this.#room + 1)) this.#room += 1;
    return this.#room !== before;
  }

  /** Drops chunks that are kept for late readers only. @returns whether there were any */
  shrink(now: number): boolean {
    const before = this.ring.first;
    this.ring.dropBefore(this.#slowest(now));
    return this.ring.first > before;
  }

  /** Drops all chunks; only their count stays. */
  empty(): void {
    this.ring.dropBefore(this.ring.next);
  }

  #isExpecting(now: number): boolean {
    return this.#expectedUntil !== undefined && now < this.#expectedUntil;
  }

  #isWithin(slowest: number, index: number): boolean {
    const from = Math.max(slowest, this.ring.first);
    return index - from <= AHEAD_CHUNKS && this.ring.sizeBetween(from, Math.max(from, index)) <= AHEAD_SIZE;
  }

  #trim(now: number): void {
    const { ring } = this;
    if (ring.count <= KEPT_CHUNKS && ring.size <= KEPT_SIZE) return;
    this.#dropOver(KEPT_CHUNKS, KEPT_SIZE, this.#slowest(now));
    // Only a worker that breaks the protocol gets here.
    this.#dropOver(KEPT_CHUNKS + OVERSHOOT_CHUNKS, KEPT_SIZE + OVERSHOOT_SIZE, ring.next);
  }

  #dropOver(chunks: number, size: number, before: number): void {
    const { ring } = this;
    while (ring.first < before && (ring.count > chunks || ring.size > size)) ring.dropBefore(ring.first + 1);
  }

  /** The position of the slowest live reader; the end if there is none and none is expected. */
  #slowest(now: number): number {
    let slowest = this.#isExpecting(now) ? 0 : this.ring.next;
    for (const reader of this.#readers) {
      if (reader.isLive(now)) slowest = Math.min(slowest, reader.nextIn(this.#generation));
    }
    return slowest;
  }
}
