/** A stream between hands that do what a test says: a worker that gives chunks, loops that read them. */
import {
  CHUNK_WINDOW,
  type ChunkAck,
  payloadSize,
  READ_WINDOW,
  type StreamItem,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { expect } from 'vitest';
import type { ClientReader } from '../src/broker/streams/stream-reader.ts';
import { TaskStreams } from '../src/broker/streams/streams.ts';
import type { StoredTask } from '../src/core/record.ts';
import { revokeTask, withCount } from '../src/core/transitions.ts';
import { MemoryEngine } from '../src/engine/memory/memory-engine.ts';
import { running } from './records.ts';

/** A worker that gives its chunks by number, and keeps to the window. */
export class Source {
  readonly port = { tell: (_: 'room', items: readonly ChunkAck[]) => this.#hear(items) };
  given = 0;
  #taken = 0;
  readonly #nonce: string;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  get mayGive(): number {
    return CHUNK_WINDOW - (this.given - this.#taken);
  }

  give(streams: TaskStreams, record: StoredTask, count: number, payload = ''): void {
    const first = this.given;
    const payloads = Array.from({ length: count }, (_, index) => `"${first + index}${payload}"`);
    this.given += count;
    streams.push(record, this, [this.#nonce, first, payloads]);
  }

  /** Over another connection: all that was not taken over comes again. */
  giveAgain(streams: TaskStreams, record: StoredTask): void {
    const count = this.given - this.#taken;
    this.given = this.#taken;
    this.give(streams, record, count);
  }

  #hear(items: readonly ChunkAck[]): void {
    for (const [nonce, upTo] of items) if (nonce === this.#nonce) this.#taken = upTo ?? this.#taken;
  }
}

/** One loop over a stream: takes what it is told to, and checks the order of all that comes. */
export class TestReader {
  generation = 0;
  next = 0;
  missed = 0;
  restarts = 0;
  ended: number | undefined;
  #waiting: readonly (readonly [generation: number, index: number, payload: WirePayload])[] = [];
  #took = 0;
  #tookSize = 0;
  #reader: ClientReader | undefined;

  open(streams: TaskStreams, id: string): this {
    this.#took = 0;
    this.#tookSize = 0;
    this.#waiting = [];
    this.#reader = streams.open(1, id, [this.generation, this.next], {
      deliver: (items) => this.#hear(items),
    });
    return this;
  }

  /** In another session. What it had not taken is asked for again. */
  reopen(streams: TaskStreams, id: string): void {
    if (this.#reader !== undefined && this.ended === undefined) streams.close(this.#reader);
    this.next -= this.#waiting.filter(([generation]) => generation === this.generation).length;
    this.open(streams, id);
  }

  take(streams: TaskStreams, count: number): void {
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const [, index, payload] of taken) {
      expect(payload === `"${index}"` || payloadSize(payload) > 100).toBe(true);
      this.#took += 1;
      this.#tookSize += payloadSize(payload);
    }
    if (this.#reader !== undefined && taken.length > 0)
      streams.took(this.#reader, this.#took, this.#tookSize);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  #hear(items: readonly StreamItem[]): void {
    for (const item of items) {
      switch (item[1]) {
        case 'chunks': {
          if (this.generation === 0) this.generation = item[2];
          expect([item[2], item[3]]).toEqual([this.generation, this.next]);
          this.#waiting = [
            ...this.#waiting,
            ...item[4].map((payload, index) => [this.generation, this.next + index, payload] as const),
          ];
          this.next += item[4].length;
          expect(this.#waiting.length).toBeLessThanOrEqual(READ_WINDOW);
          break;
        }
        case 'gap':
          if (this.generation === 0) this.generation = item[2];
          expect([item[2], item[3]]).toEqual([this.generation, this.next]);
          this.next += item[4];
          this.missed += item[4];
          break;
        case 'restart':
          expect(item[2]).not.toBe(this.generation);
          this.generation = item[2];
          this.next = 0;
          this.restarts += 1;
          break;
        case 'end':
          expect(item[3]).toBe(this.next);
          this.ended = item[3];
          break;
        case 'refused':
          throw new Error('nobody refuses here');
      }
    }
  }
}

/** One task whose chunks go through the broker, on the memory engine. */
export class Scene {
  readonly clock = new ManualClock();
  readonly engine = new MemoryEngine();
  readonly errors: unknown[] = [];
  readonly streams = new TaskStreams(this.clock, this.engine, (error) => this.errors.push(error));
  record: StoredTask;
  source = new Source('n1');

  constructor(id = 't1') {
    this.record = { ...running(), id };
  }

  turn(): Promise<void> {
    return this.clock.advance(0);
  }

  async give(count: number, payload?: string): Promise<void> {
    this.source.give(this.streams, this.record, count, payload);
    await this.turn();
  }

  /** Gives until the window is full. */
  async giveAll(count: number): Promise<void> {
    for (let left = count; left > 0 && this.source.mayGive > 0; ) {
      const now = Math.min(left, this.source.mayGive);
      await this.give(now);
      left -= now;
    }
  }

  /** Another attempt runs. */
  again(): void {
    const attempt = this.record.attempt + 1;
    this.record = { ...this.record, attempt };
    this.source = new Source(`n${attempt}`);
    this.streams.changed(null, this.record);
  }

  async end(): Promise<void> {
    const ended = withCount(revokeTask(this.record, 'revoked', this.clock.now()), this.source.given);
    this.engine.insert([ended]);
    this.streams.changed(this.record, ended);
    await this.turn();
  }
}
