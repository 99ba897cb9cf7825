import { READ_WINDOW, type StreamItem, StreamRestartedError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import type { AsyncResult } from '../result/async-result.ts';
import type { StreamOptions } from '../result/follow-stream.ts';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';

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
