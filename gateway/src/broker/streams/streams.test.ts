import { CHUNK_WINDOW, READ_WINDOW, type StreamItem } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { running } from '../../../test/records.ts';
import { Scene, Source, TestReader } from '../../../test/stream-scene.ts';
import type { StoredTask } from '../../core/record.ts';
import { revokeTask, withCount } from '../../core/transitions.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import {
  AFTER_END_MS,
  AHEAD_CHUNKS,
  ALL_SIZE,
  FIRST_READER_MS,
  KEPT_CHUNKS,
  KEPT_SIZE,
  READER_PATIENCE_MS,
} from './stream-limits.ts';
import type { ClientReader } from './stream-reader.ts';
import { TaskStreams } from './streams.ts';

describe('a task that gives chunks', () => {
  test('waits for its slowest reader, and goes on when that takes some', async () => {
    const scene = new Scene();
    const reader = new TestReader().open(scene.streams, 't1');
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
    const reader = new TestReader().open(scene.streams, 't1');
    await scene.turn();
    expect([reader.waiting, reader.missed]).toEqual([READ_WINDOW, 0]);
  });

  test('waits for nobody when nobody has come to read', async () => {
    const scene = new Scene();
    await scene.giveAll(20_000);
    await scene.clock.advance(2 * FIRST_READER_MS);
    await scene.giveAll(20_000 - scene.source.given);
    expect(scene.source.given).toBe(20_000);
    const late = new TestReader().open(scene.streams, 't1');
    await scene.turn();
    expect(late.missed).toBe(20_000 - KEPT_CHUNKS);
  });

  test('waits no longer for a reader that takes nothing, who is told once what it missed', async () => {
    const scene = new Scene();
    const reader = new TestReader().open(scene.streams, 't1');
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

  test('still waits for a reader that could not be heard while the gateway stood still', async () => {
    const scene = new Scene();
    const reader = new TestReader().open(scene.streams, 't1');
    await scene.giveAll(100_000);
    const held = scene.source.given;
    await scene.clock.advance(1_000);
    scene.clock.hold(10 * READER_PATIENCE_MS);
    await scene.clock.advance(READER_PATIENCE_MS / 2);
    await scene.giveAll(50_000 - held);
    expect(scene.source.given).toBe(held);
    while (reader.waiting > 0) {
      reader.take(scene.streams, READ_WINDOW);
      await scene.turn();
    }
    expect(reader.missed).toBe(0);
  });
});

describe('an end', () => {
  test('is told after the last chunk, and what was never heard of is missing', async () => {
    const scene = new Scene();
    const reader = new TestReader().open(scene.streams, 't1');
    await scene.give(3);
    scene.source.given = 5;
    await scene.end();
    expect([reader.ended, reader.missed, reader.waiting]).toEqual([5, 2, 3]);
  });

  test('in fewer attempts than a reader has seen is of a restored store: it reads that from its start', async () => {
    const scene = new Scene();
    await scene.give(3);
    await scene.end();
    const reader = new TestReader();
    [reader.generation, reader.next] = [2, 2];
    reader.open(scene.streams, 't1');
    await scene.turn();
    expect([reader.restarts, reader.waiting, reader.ended, reader.missed]).toEqual([1, 3, 3, 0]);
  });

  test('of long ago is read from the engine', async () => {
    const scene = new Scene();
    const ended = withCount(revokeTask(scene.record, 'revoked', scene.clock.now()), 7);
    scene.engine.insert([ended]);
    const reader = new TestReader().open(scene.streams, 't1');
    await scene.turn();
    expect([reader.ended, reader.missed]).toEqual([7, 7]);
  });

  test('keeps the chunks for a while, and then only their number', async () => {
    const scene = new Scene();
    await scene.give(10);
    await scene.end();
    await scene.clock.advance(AFTER_END_MS - 2_000);
    const late = new TestReader().open(scene.streams, 't1');
    await scene.turn();
    expect([late.ended, late.missed]).toEqual([10, 0]);
    await scene.clock.advance(4_000);
    const later = new TestReader().open(scene.streams, 't1');
    await scene.turn();
    expect([later.ended, later.missed]).toEqual([10, 10]);
  });
});

test('an attempt that leaves without a report gave as many chunks as were heard of', async () => {
  const scene = new Scene();
  await scene.give(4);
  const waiting: StoredTask = { ...scene.record, phase: 'ready' };
  expect(scene.streams.count(scene.record, waiting).chunks).toBe(4);
  expect(scene.streams.count(scene.record, scene.record).chunks).toBe(0);
});

test('all streams together are bounded: what nobody reads goes first', async () => {
  const clock = new ManualClock();
  const streams = new TaskStreams(clock, new MemoryEngine(), () => {});
  const reader = new TestReader();
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
  const unread = new TestReader().open(streams, 't1');
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
      const readers = [new TestReader(), new TestReader(), new TestReader()];
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

test('nothing of a stream is kept, and no timer, once its task has ended, everybody has left and its time is over', async () => {
  const act = fc.oneof(
    fc.tuple(fc.constantFrom('gives', 'goes', 'takes'), fc.nat(2), fc.integer({ min: 1, max: 3_000 })),
    fc.tuple(fc.constantFrom('reads', 'leaves', 'runs again', 'ends'), fc.nat(2), fc.constant(0)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), fc.boolean(), async (steps, stopped) => {
      const clock = new ManualClock();
      const engine = new MemoryEngine();
      const streams = new TaskStreams(clock, engine, (error) => {
        throw error;
      });
      const records = [0, 1, 2].map((number): StoredTask => ({ ...running(), id: `t${number}` }));
      const sources = records.map(({ id }) => new Source(id));
      const readers: ClientReader[][] = [[], [], []];
      const ended = new Set<number>();
      // Who hears of the end is a reader no more, without having been closed.
      const deliver = (items: readonly StreamItem[]): void => {
        const [number] = items.at(-1)?.[1] === 'end' ? (items[0] ?? []) : [];
        if (number !== undefined)
          for (const list of readers)
            list.splice(0, list.length, ...list.filter((one) => one.number !== number));
      };
      let last = 0;
      const end = (task: number): void => {
        const record = records[task];
        if (record === undefined || ended.has(task)) return;
        ended.add(task);
        const over = withCount(revokeTask(record, 'revoked', clock.now()), sources[task]?.given ?? 0);
        engine.insert([over]);
        streams.changed(record, over);
      };
      for (const [what, task, number] of steps) {
        const record = records[task];
        const source = sources[task];
        if (record === undefined || source === undefined) continue;
        if (what === 'gives') {
          if (!ended.has(task)) source.give(streams, record, Math.min(number, source.mayGive));
        } else if (what === 'goes') await clock.advance(number * 10);
        else if (what === 'reads') readers[task]?.push(streams.open(++last, record.id, [0, 0], { deliver }));
        else if (what === 'leaves') for (const one of readers[task]?.splice(0, 1) ?? []) streams.close(one);
        else if (what === 'takes') for (const one of readers[task] ?? []) streams.took(one, number, number);
        else if (what === 'ends') end(task);
        else if (!ended.has(task)) {
          records[task] = { ...record, attempt: record.attempt + 1 };
          sources[task] = new Source(`${record.id}.${record.attempt + 1}`);
          streams.changed(null, records[task] ?? record);
        }
        await clock.advance(0);
      }
      if (stopped) {
        streams.stop();
        await clock.advance(0);
        expect(clock.timers).toBe(0);
        return;
      }
      for (const one of readers.flat()) streams.close(one);
      for (const task of [0, 1, 2]) end(task);
      await clock.advance(3 * AFTER_END_MS);
      expect([streams.kept, clock.timers]).toEqual([{ streams: 0, size: 0 }, 0]);
    }),
    { numRuns: 60 },
  );
});

test('a gateway that stops leaves no timer, though a stream waits for its first reader', async () => {
  const scene = new Scene();
  await scene.giveAll(100_000);
  scene.streams.stop();
  await scene.turn();
  expect(scene.clock.timers).toBe(0);
});
