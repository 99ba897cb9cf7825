import {
  CHUNK_WINDOW,
  payloadSize,
  READ_WINDOW,
  type RoomItem,
  type StreamItem,
  type WirePayload,
} from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { running } from '../../../test/records.ts';
import type { TaskRecord } from '../../core/record.ts';
import { counted, revoke } from '../../core/transitions.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import {
  AFTER_END_MS,
  AHEAD_CHUNKS,
  ALL_SIZE,
  FIRST_READER_MS,
  KEPT_CHUNKS,
  KEPT_SIZE,
  READER_PATIENCE_MS,
} from './limits.ts';
import type { StreamReader } from './stream-reader.ts';
import { Streams } from './streams.ts';

/** A worker that gives its chunks by number, and keeps to the window. */
class Source {
  readonly port = { room: (items: readonly RoomItem[]) => this.#hear(items) };
  given = 0;
  #taken = 0;
  readonly #nonce: string;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  get mayGive(): number {
    return CHUNK_WINDOW - (this.given - this.#taken);
  }

  give(streams: Streams, record: TaskRecord, count: number, payload = ''): void {
    const first = this.given;
    const payloads = Array.from({ length: count }, (_, index) => `"${first + index}${payload}"`);
    this.given += count;
    streams.push(record, this, [this.#nonce, first, payloads]);
  }

  /** Over another connection: all that was not taken over comes again. */
  giveAgain(streams: Streams, record: TaskRecord): void {
    const count = this.given - this.#taken;
    this.given = this.#taken;
    this.give(streams, record, count);
  }

  #hear(items: readonly RoomItem[]): void {
    for (const [nonce, upTo] of items) if (nonce === this.#nonce) this.#taken = upTo ?? this.#taken;
  }
}

/** One loop over a stream: takes what it is told to, and checks the order of all that comes. */
class Reader {
  generation = 0;
  next = 0;
  missed = 0;
  restarts = 0;
  ended: number | undefined;
  #waiting: readonly (readonly [generation: number, index: number, payload: WirePayload])[] = [];
  #took = 0;
  #tookSize = 0;
  #reader: StreamReader | undefined;

  open(streams: Streams, id: string): this {
    this.#took = 0;
    this.#tookSize = 0;
    this.#waiting = [];
    this.#reader = streams.open(1, id, [this.generation, this.next], {
      deliver: (items) => this.#hear(items),
    });
    return this;
  }

  /** In another session. What it had not taken is asked for again. */
  reopen(streams: Streams, id: string): void {
    if (this.#reader !== undefined && this.ended === undefined) streams.close(this.#reader);
    this.next -= this.#waiting.filter(([generation]) => generation === this.generation).length;
    this.open(streams, id);
  }

  take(streams: Streams, count: number): void {
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
          expect(item[2]).toBeGreaterThan(this.generation);
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

class Scene {
  readonly clock = new ManualClock();
  readonly engine = new MemoryEngine();
  readonly errors: unknown[] = [];
  readonly streams = new Streams(this.clock, this.engine, (error) => this.errors.push(error));
  record: TaskRecord;
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
    const ended = counted(revoke(this.record, 'revoked', this.clock.now()), this.source.given);
    this.streams.changed(this.record, ended);
    await this.turn();
  }
}

describe('a task that gives chunks', () => {
  test('waits for its slowest reader, and goes on when that takes some', async () => {
    const scene = new Scene();
    const reader = new Reader().open(scene.streams, 't1');
    await scene.giveAll(100_000);
    expect(scene.source.given).toBe(READ_WINDOW + AHEAD_CHUNKS + CHUNK_WINDOW);
    reader.take(scene.streams, 100);
    await scene.turn();
    await scene.giveAll(100_000);
    expect(scene.source.given).toBe(READ_WINDOW + AHEAD_CHUNKS + CHUNK_WINDOW + 100);
    expect(reader.missed).toBe(0);
  });

  test('waits for a first reader who is on the way, who misses nothing', async () => {
    const scene = new Scene();
    await scene.giveAll(100_000);
    expect(scene.source.given).toBe(AHEAD_CHUNKS + CHUNK_WINDOW);
    await scene.clock.advance(FIRST_READER_MS - 1);
    const reader = new Reader().open(scene.streams, 't1');
    await scene.turn();
    expect([reader.waiting, reader.missed]).toEqual([READ_WINDOW, 0]);
  });

  test('waits for nobody when nobody has come to read', async () => {
    const scene = new Scene();
    await scene.giveAll(20_000);
    await scene.clock.advance(2 * FIRST_READER_MS);
    await scene.giveAll(20_000 - scene.source.given);
    expect(scene.source.given).toBe(20_000);
    const late = new Reader().open(scene.streams, 't1');
    await scene.turn();
    expect(late.missed).toBe(20_000 - KEPT_CHUNKS);
  });

  test('waits no longer for a reader that takes nothing, who is told once what it missed', async () => {
    const scene = new Scene();
    const reader = new Reader().open(scene.streams, 't1');
    await scene.giveAll(100_000);
    const held = scene.source.given;
    await scene.clock.advance(READER_PATIENCE_MS + 2_000);
    await scene.giveAll(50_000 - held);
    expect(scene.source.given).toBe(50_000);
    await scene.end();
    while (reader.waiting > 0) {
      reader.take(scene.streams, READ_WINDOW);
      await scene.turn();
    }
    expect(reader.ended).toBe(50_000);
    expect(reader.missed).toBeGreaterThan(0);
  });
});

describe('an end', () => {
  test('is told after the last chunk, and what was never heard of is missing', async () => {
    const scene = new Scene();
    const reader = new Reader().open(scene.streams, 't1');
    await scene.give(3);
    scene.source.given = 5;
    await scene.end();
    expect([reader.ended, reader.missed, reader.waiting]).toEqual([5, 2, 3]);
  });

  test('of long ago is read from the engine', async () => {
    const scene = new Scene();
    const ended = counted(revoke(scene.record, 'revoked', scene.clock.now()), 7);
    scene.engine.insert([ended]);
    const reader = new Reader().open(scene.streams, 't1');
    await scene.turn();
    expect([reader.ended, reader.missed]).toEqual([7, 7]);
  });

  test('keeps the chunks for a while, and then only their number', async () => {
    const scene = new Scene();
    await scene.give(10);
    await scene.end();
    await scene.clock.advance(AFTER_END_MS - 2_000);
    const late = new Reader().open(scene.streams, 't1');
    await scene.turn();
    expect([late.ended, late.missed]).toEqual([10, 0]);
    await scene.clock.advance(4_000);
    const later = new Reader().open(scene.streams, 't1');
    await scene.turn();
    // Nobody knows of it any more, but for the engine, which has no such task here.
    expect(later.ended).toBeUndefined();
  });
});

test('an attempt that leaves without a report gave as many chunks as were heard of', async () => {
  const scene = new Scene();
  await scene.give(4);
  const waiting: TaskRecord = { ...scene.record, phase: 'ready' };
  expect(scene.streams.count(scene.record, waiting).chunks).toBe(4);
  expect(scene.streams.count(scene.record, scene.record).chunks).toBe(0);
});

test('all streams together are bounded: what nobody reads goes first', async () => {
  const clock = new ManualClock();
  const streams = new Streams(clock, new MemoryEngine(), () => {});
  const reader = new Reader();
  const count = Math.ceil(ALL_SIZE / KEPT_SIZE) + 2;
  for (let index = 0; index < count; index++) {
    const id = `t${index}`;
    if (index === 0) reader.open(streams, id);
    const source = new Source('n1');
    for (let part = 0; part < 4; part++)
      source.give(streams, { ...running(), id }, 1, 'x'.repeat(KEPT_SIZE / 4 - 100));
    await clock.advance(0);
  }
  for (let part = 0; part < 4; part++) {
    reader.take(streams, READ_WINDOW);
    await clock.advance(0);
  }
  expect([reader.next, reader.missed]).toEqual([4, 0]);
  const unread = new Reader().open(streams, 't1');
  await clock.advance(0);
  expect(unread.missed + unread.waiting).toBeLessThanOrEqual(4);
  expect(unread.missed).toBeGreaterThan(0);
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ give: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 6, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 300 }), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ reconnect: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ resend: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ again: fc.constant(true) }) },
);

test('whatever happens, each reader is told of every chunk of an attempt once, in order, or that it is missing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const scene = new Scene();
      const readers = [new Reader(), new Reader(), new Reader()];
      for (const reader of readers) reader.open(scene.streams, 't1');
      for (const one of steps) {
        if ('give' in one) await scene.giveAll(one.give);
        else if ('take' in one) readers[one.who]?.take(scene.streams, one.take);
        else if ('pass' in one) await scene.clock.advance(one.pass);
        else if ('resend' in one) {
          scene.source.give(scene.streams, scene.record, Math.min(scene.source.mayGive, 50));
          scene.source.giveAgain(scene.streams, scene.record);
        } else if ('again' in one) scene.again();
        else readers[one.reconnect]?.reopen(scene.streams, 't1');
        await scene.turn();
      }
      await scene.end();
      for (const reader of readers) {
        for (let turn = 0; turn < 1_000 && reader.ended === undefined; turn++) {
          reader.take(scene.streams, READ_WINDOW);
          await scene.turn();
        }
        expect(reader.ended).toBe(scene.source.given);
      }
      expect(scene.errors).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
