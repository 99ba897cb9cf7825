import { getEventListeners } from 'node:events';
import { StreamRestartedError } from '@celeriac/protocol';
import { READ_WINDOW, type StreamItem } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TaskRecord } from '../record/task-record.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { StreamOptions } from '../result/follow-stream.ts';
import type { StreamReader } from '../streams/stream-reader.ts';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';
import { Streams } from './streams.ts';

/** A handle on the task `t`, which runs. */
async function watched(t: TestApp): Promise<AsyncResult> {
  const res = t.app.AsyncResult('t');
  void res.state;
  await t.welcome();
  t.session.snapshots(snapshot('t', { state: 'STARTED', sequence: 2 }));
  return res;
}

function chunks(reader: number, generation: number, first: number, count: number): StreamItem {
  return [
    reader,
    'chunks',
    generation,
    first,
    Array.from({ length: count }, (_, index) => `${first + index}`),
  ];
}

/** Writes down all that a loop is told. */
function follow(res: AsyncResult, options: StreamOptions = {}) {
  const told: unknown[] = [];
  const handlers: StreamOptions = {
    onGap: ({ missed, from }) => told.push(`gap ${from}+${missed}`),
    onRestart: ({ attempt, reason }) => told.push(`attempt ${attempt} (${reason})`),
    ...options,
  };
  const ended = (async () => {
    for await (const chunk of res.stream(handlers)) told.push(chunk);
    return 'ended';
  })();
  ended.catch(() => {});
  return { told, ended };
}

describe('a loop over a stream', () => {
  test('is told that an attempt before those it has seen is of a restored store', async () => {
    const t = new TestApp();
    const { told } = follow(await watched(t));
    await t.turn();
    t.session.streams(chunks(1, 2, 0, 2), [1, 'restart', 1, 'retry'], chunks(1, 1, 0, 1));
    await t.turn();
    expect(told).toEqual([0, 1, 'attempt 1 (restored)', 0]);
  });

  test('asks for it from the start, gives each chunk once and in order, and ends with the task', async () => {
    const t = new TestApp();
    const res = await watched(t);
    const { told, ended } = follow(res);
    await t.turn();
    expect(t.session.sent('openStreams')).toEqual([[[1, 't', 0, 0]]]);
    t.session.streams(chunks(1, 1, 0, 3), chunks(1, 1, 1, 4));
    await t.turn();
    expect(told).toEqual([0, 1, 2, 3, 4]);
    t.session.streams([1, 'end', 1, 5]);
    await t.turn();
    expect(await standing(ended)).toBe('pending');
    t.session.events(transition('t', 3, 'SUCCESS', { body: '5' }));
    await t.turn();
    expect(await standing(ended)).toEqual(['resolved', 'ended']);
  });

  test('tells what is missing, also where the gateway does not say so', async () => {
    const t = new TestApp();
    const { told } = follow(await watched(t));
    await t.turn();
    t.session.streams([1, 'gap', 1, 0, 2], chunks(1, 1, 2, 1), chunks(1, 1, 5, 1), [1, 'end', 1, 8]);
    await t.turn();
    expect(told).toEqual(['gap 0+2', 2, 'gap 3+2', 5, 'gap 6+2']);
  });

  test('is told of another attempt only where it has seen something of the one before', async () => {
    const t = new TestApp();
    const res = await watched(t);
    const { told } = follow(res);
    await t.turn();
    t.session.streams([1, 'restart', 2, 'retry'], chunks(1, 2, 0, 1), [1, 'restart', 3, 'worker-lost']);
    await t.turn();
    expect(told).toEqual([0, 'attempt 3 (worker-lost)']);
  });

  test('throws where nobody wants to be told', async () => {
    const t = new TestApp();
    const { ended } = follow(await watched(t), { onRestart: undefined });
    await t.turn();
    t.session.streams(chunks(1, 1, 0, 1), [1, 'restart', 2, 'retry']);
    await t.turn();
    await expect(ended).rejects.toBeInstanceOf(StreamRestartedError);
    expect(t.session.sent('closeStreams')).toEqual([[1]]);
  });

  test('ends with a refusal, with an unknown task, with its signal, and with the app', async () => {
    const t = new TestApp();
    const res = await watched(t);
    const stop = new AbortController();
    const [refused, stopped, closed] = [follow(res), follow(res, { signal: stop.signal }), follow(res)];
    const nobody = t.app.AsyncResult('nobody');
    const lost = follow(nobody);
    await t.turn();
    t.session.streams([
      1,
      'refused',
      { code: 'TOO_MANY_STREAMS', message: 'at most 100', retryAfterMs: null },
    ]);
    t.session.snapshots(unknown('nobody'));
    stop.abort(new Error('enough'));
    await t.turn();
    await expect(refused.ended).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS' });
    await expect(lost.ended).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
    await expect(stopped.ended).rejects.toThrow('enough');
    const closing = t.app.close();
    await t.clock.advance(60_000);
    await closing;
    await expect(closed.ended).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

test.each<[string, (t: TestApp, loop: AsyncGenerator<unknown>, stop: AbortController) => Promise<unknown>]>([
  ['by its caller', async (_, loop) => loop.return(undefined)],
  [
    'for its signal',
    async (_, loop, stop) => {
      const next = loop.next();
      stop.abort(new Error('enough'));
      await expect(next).rejects.toThrow('enough');
    },
  ],
  [
    'because it is refused',
    async (t, loop) => {
      const next = loop.next();
      t.session.streams([1, 'refused', { code: 'FORBIDDEN', message: 'no', retryAfterMs: null }]);
      await expect(next).rejects.toMatchObject({ code: 'FORBIDDEN' });
    },
  ],
])('a loop over the stream of a task that goes on holds no process once it is left %s', async (_, leave) => {
  const t = new TestApp();
  const res = await watched(t);
  const before = t.clock.timers;
  const stop = new AbortController();
  const loop = res.stream({ signal: stop.signal });
  const first = loop.next();
  await t.turn();
  t.session.streams(chunks(1, 1, 0, 1));
  expect(await first).toMatchObject({ value: 0 });
  expect(t.clock.timers).toBeGreaterThan(before);
  await leave(t, loop, stop);
  await t.turn();
  expect(t.clock.timers).toBe(before);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

describe('credit', () => {
  test('is given back half a window at a time, as chunks are taken, not as they arrive', async () => {
    const t = new TestApp();
    const loop = (await watched(t)).stream();
    const first = loop.next();
    await t.turn();
    t.session.streams(chunks(1, 1, 0, READ_WINDOW));
    await first;
    await t.turn();
    expect(t.session.sent('tookChunks')).toEqual([]);
    for (let taken = 1; taken < READ_WINDOW / 2; taken++) await loop.next();
    await t.turn();
    const [[item] = []] = t.session.sent('tookChunks');
    expect(item?.slice(0, 2)).toEqual([1, READ_WINDOW / 2]);
  });
});

describe('another session', () => {
  test('goes on where the loop stands', async () => {
    const t = new TestApp();
    const { told } = follow(await watched(t));
    await t.turn();
    t.session.streams(chunks(1, 4, 0, 3));
    t.session.lose();
    await t.clock.advance(60_000);
    await t.welcome();
    expect(t.session.sent('openStreams')).toEqual([[[2, 't', 4, 3]]]);
    t.session.streams(chunks(2, 4, 3, 1));
    await t.turn();
    expect(told).toEqual([0, 1, 2, 3]);
  });

  test('is not asked for more by a loop that still has a window full from the one before', async () => {
    const t = new TestApp();
    const loop = (await watched(t)).stream();
    const first = loop.next();
    await t.turn();
    t.session.streams(chunks(1, 1, 0, READ_WINDOW + 1));
    await first;
    t.session.lose();
    await t.clock.advance(60_000);
    await t.welcome();
    expect(t.session.sent('openStreams')).toEqual([]);
    await loop.next();
    await t.turn();
    expect(t.session.sent('openStreams')).toEqual([[[2, 't', 1, READ_WINDOW + 1]]]);
  });
});

test('finding 18: a gateway that gives more than was asked for is at fault', async () => {
  const t = new TestApp();
  const res = await watched(t);
  res.stream()[Symbol.asyncIterator]().next();
  await t.turn();
  expect(() => t.session.streams(chunks(1, 1, 0, 100 * READ_WINDOW))).toThrow(
    'expected at most 1024 items of a stream',
  );
});

const streamStep = fc.oneof(
  fc.tuple(fc.constantFrom('reads', 'reads an end'), fc.constant(0)),
  fc.tuple(
    fc.constantFrom(
      'closes',
      'takes',
      'chunks',
      'ends',
      'ends alone',
      'refused',
      'unreadable',
      'restored',
      'lost',
    ),
    fc.nat(20),
  ),
  fc.tuple(fc.constantFrom('sent', 'session', 'over'), fc.constant(0)),
);

test('a stream whose reader has left, or that is over, is asked about and told of no more', () => {
  const hold = { acquire() {}, release() {} };
  fc.assert(
    fc.property(fc.array(streamStep, { maxLength: 40, size: 'max' }), fc.boolean(), (steps, over) => {
      const asked: TaskRecord[] = [];
      const streams = new Streams(
        () => {},
        (record) => asked.push(record),
      );
      const records: TaskRecord[] = [];
      const readers: StreamReader[] = [];
      /** As the gateway counts them. */
      let open = new Set<number>();
      const send = (): void => {
        const { opens, closes, credits } = streams.takeFrames();
        for (const [number] of opens.flat()) {
          expect(open.has(number)).toBe(false);
          open.add(number);
        }
        for (const [number] of credits.flat())
          expect(open.has(number) || closes.flat().includes(number)).toBe(true);
        for (const number of closes.flat()) open.delete(number);
      };
      for (const [what, which] of steps) {
        const reader = readers[which % Math.max(1, readers.length)];
        const record = records[which % Math.max(1, records.length)];
        const number = [...open][which % Math.max(1, open.size)] ?? 0;
        if (what === 'reads' || what === 'reads an end') {
          const one = new TaskRecord(`t${records.length}`, 'add', 'foreign', hold);
          if (what === 'reads an end')
            one.applySnapshot(snapshot(one.id, { state: 'SUCCESS', sequence: 2 }), { epoch: 'epoch-1' });
          records.push(one);
          readers.push(streams.read(one));
        } else if (what === 'closes') reader?.close();
        else if (what === 'takes') while (reader?.take() !== undefined);
        else if (what === 'chunks') streams.receive([chunks(number, 1, 0, READ_WINDOW)]);
        else if (what === 'ends') {
          open.delete(number);
          streams.receive([[number, 'end', 1, 0]]);
        } else if (what === 'ends alone') {
          send();
          if (!open.delete(number)) continue;
          streams.receive([[number, 'end', 1, 0]]);
          // The gateway has forgotten it as well.
          expect(streams.takeFrames()).toEqual({ opens: [], credits: [], closes: [] });
        } else if (what === 'refused') {
          open.delete(number);
          streams.receive([[number, 'refused', { code: 'FORBIDDEN', message: 'no', retryAfterMs: null }]]);
        } else if (what === 'unreadable') streams.giveUp(number, new Error('not read'));
        else if (what === 'restored' && record !== undefined)
          streams.startOver(record, snapshot(record.id, { state: 'STARTED', attempt: 1 }));
        else if (what === 'lost' && record !== undefined) streams.gone(record);
        else if (what === 'sent') send();
        else if (what === 'session') {
          open = new Set();
          streams.resume();
        } else if (what === 'over') streams.fail(() => new Error('closed'));
      }
      if (over) streams.fail(() => new Error('closed'));
      else for (const reader of readers) reader.close();
      const opened = [...open];
      send();
      expect([...open]).toEqual([]);
      // Nobody is there any more who would hear of it, want room or be looked up.
      streams.receive(opened.map((number) => chunks(number, 1, 0, READ_WINDOW)));
      const before = asked.length;
      streams.resume();
      for (const record of records) streams.startOver(record, snapshot(record.id, { state: 'STARTED' }));
      streams.resume();
      expect(asked).toHaveLength(before);
      expect(streams.takeFrames()).toEqual({ opens: [], credits: [], closes: [] });
      for (const reader of readers)
        for (let news = reader.take(), count = 0; news !== undefined; news = reader.take(), count++)
          expect(count).toBeLessThan(10 * READ_WINDOW);
      expect(streams.takeFrames()).toEqual({ opens: [], credits: [], closes: [] });
    }),
  );
});
