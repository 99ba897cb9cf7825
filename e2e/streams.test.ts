import { join } from 'node:path';
import {
  type AsyncResult,
  StreamFullError,
  type StreamGap,
  StreamGapError,
  type StreamOptions,
  type StreamRestart,
  StreamRestartedError,
  TaskRevokedError,
} from '@celeriac/client';
import { describe, expect, test } from 'vitest';
import { makeApp, makeFolder, startGateway, startWorker } from './harness/house.ts';
import { eventually, linesOf } from './harness/signals.ts';

interface Told<Chunk> {
  readonly chunks: Chunk[];
  readonly gaps: StreamGap[];
  readonly restarts: StreamRestart[];
  readonly error: unknown;
}

/** Reads to the end, writing down what comes; `onChunk` may stop it. */
async function read<Chunk>(
  res: AsyncResult<unknown, Chunk>,
  onChunk: (chunk: Chunk, count: number) => unknown = () => true,
  options: StreamOptions = {},
): Promise<Told<Chunk>> {
  const told: Told<Chunk> = { chunks: [], gaps: [], restarts: [], error: undefined };
  const handlers: StreamOptions = {
    onGap: (gap) => told.gaps.push(gap),
    onRestart: (restart) => told.restarts.push(restart),
    ...options,
  };
  try {
    for await (const chunk of res.stream(handlers)) {
      told.chunks.push(chunk);
      if ((await onChunk(chunk, told.chunks.length)) === false) break;
    }
  } catch (error) {
    return { ...told, error };
  }
  return told;
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function house() {
  const gateway = await startGateway({ store: 'memory' });
  const worker = await startWorker(gateway.url);
  return { gateway, worker, app: makeApp(gateway.url) };
}

describe('a stream', () => {
  test('gives what a generator yields, and what a body emits, in order; the result besides', async () => {
    const { app } = await house();
    const told = app.tasks.tell.delay(500);
    expect((await read(told)).chunks).toEqual(upTo(500));
    expect(await told.get()).toBe(500);
    const emitted = app.tasks.emits.delay(join(makeFolder(), 'emitted'), 500);
    expect((await read(emitted)).chunks).toEqual(upTo(500));
    expect(await emitted.get()).toBe(500);
    // A task without chunks has a stream that ends with it.
    expect(await read(app.tasks.add.delay(2, 2))).toMatchObject({ chunks: [], error: undefined });
  });

  test('is read by several, each at its own pace, and by those who come late', async () => {
    const { app, gateway } = await house();
    const res = app.tasks.drips.delay(100, 5);
    // Before that nobody else knows of it.
    await res.accepted;
    const other = makeApp(gateway.url).AsyncResult<unknown, unknown>(res.id);
    const [one, two, three] = await Promise.all([
      read(res),
      read(other),
      read(res, (_, count) => count < 10),
    ]);
    expect(one.chunks).toHaveLength(100);
    expect(two.chunks).toEqual(one.chunks);
    expect(three.chunks).toEqual(one.chunks.slice(0, 10));
    const late = await read(makeApp(gateway.url).AsyncResult(res.id));
    expect(late).toEqual({ chunks: one.chunks, gaps: [], restarts: [], error: undefined });
  });

  test('tells exactly how many chunks a reader came too late for', async () => {
    const { app } = await house();
    const res = app.tasks.tell.delay(10_000);
    await res.get();
    const { chunks, gaps } = await read(res);
    const [gap = { missed: 0, from: -1 }] = gaps;
    expect(gaps).toHaveLength(1);
    expect(gap.from).toBe(0);
    expect(gap.missed).toBeGreaterThan(0);
    expect(chunks).toEqual(upTo(10_000).slice(gap.missed));
    const { error } = await read(res, undefined, { onGap: undefined });
    expect(error).toBeInstanceOf(StreamGapError);
    expect(error).toMatchObject({ missed: gap.missed, from: 0, taskId: res.id });
  });

  test('throws what the task ended with, after its last chunk', async () => {
    const { app } = await house();
    const failed = await read(app.tasks.breaks.delay(3));
    expect(failed.chunks).toEqual([0, 1, 2]);
    expect(failed.error).toBeInstanceOf(RangeError);
    const res = app.tasks.drips.delay(1_000, 20);
    const revoked = await read(res, (_, count) => (count === 5 ? res.revoke() : true));
    expect(revoked.error).toBeInstanceOf(TaskRevokedError);
    expect(revoked.chunks.length).toBeGreaterThanOrEqual(5);
    // A body that never waits for room is told so, where it stands.
    await expect(app.tasks.gushes.delay(100_000).get()).rejects.toBeInstanceOf(StreamFullError);
    await app.tasks.gushes.delay(200).get();
  });

  test('begins anew with each retry, and says so', async () => {
    const { app } = await house();
    const { chunks, restarts, error } = await read(app.tasks.restarts.delay(2));
    expect(error).toBeUndefined();
    expect(chunks.slice(-3)).toEqual(['a2', 'b2', 'c2']);
    expect(restarts.at(-1)).toEqual({ attempt: 3, reason: 'retry' });
  });
});

test('a slow reader holds the task up, and loses nothing; one who leaves lets it go on', async () => {
  const { app } = await house();
  const path = join(makeFolder(), 'emitted');
  const total = 20_000;
  const res = app.tasks.emits.delay(path, total);
  const emitted = async (): Promise<number> => Number((await linesOf(path)).at(-1) ?? 0);
  let held = 0;
  const { chunks, gaps } = await read(res, async (_, count) => {
    if (count !== 10) return true;
    // It stands still: the same number twice.
    let before = -1;
    held = await eventually(async () => {
      const now = await emitted();
      const stands = now > 0 && now === before;
      before = now;
      return stands ? now : undefined;
    }, 'the task to stand still');
    return true;
  });
  // On their way to the reader 256, ahead of it in the gateway 1,024, and 256 in the worker.
  expect(held).toBeLessThanOrEqual(256 + 1_024 + 256 + 1);
  expect(gaps).toEqual([]);
  expect(chunks).toEqual(upTo(total));

  const left = app.tasks.emits.delay(`${path}2`, total);
  await read(left, () => false);
  expect(await left.get({ timeout: 60 })).toBe(total);
});

describe('a stream goes on', () => {
  test('with another attempt, when its worker is killed', async () => {
    const gateway = await startGateway({ store: 'memory', flags: ['--grace', '1s'] });
    const first = await startWorker(gateway.url, { flags: ['--name', 'first'] });
    const res = makeApp(gateway.url).tasks.stalls.delay(50, 20);
    const unwarned = read(res, undefined, { onRestart: undefined });
    const { chunks, restarts, gaps, error } = await read(res, async (_, count) => {
      if (count !== 10) return;
      await first.kill();
      await startWorker(gateway.url, { flags: ['--name', 'second'] });
    });
    expect(error).toBeUndefined();
    expect(gaps).toEqual([]);
    expect(restarts).toEqual([{ attempt: 2, reason: 'worker-lost' }]);
    expect(chunks.filter(({ attempt }) => attempt === 2).map(({ chunk }) => chunk)).toEqual(upTo(50));
    const lost = chunks.filter(({ attempt }) => attempt === 1).map(({ chunk }) => chunk);
    expect(lost).toEqual(upTo(lost.length));

    const { error: thrown } = await unwarned;
    expect(thrown).toBeInstanceOf(StreamRestartedError);
    expect(thrown).toMatchObject({ attempt: 2, reason: 'worker-lost' });
    // Who comes after has missed nothing that counts.
    const late = await read(makeApp(gateway.url).AsyncResult(res.id), undefined, { onRestart: undefined });
    expect(late.error).toBeUndefined();
  });

  test('in the same attempt, when the gateway is killed and comes back', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const res = makeApp(gateway.url).tasks.drips.delay(300, 10);
    const { chunks, gaps, restarts, error } = await read(res, async (_, count) => {
      if (count === 50) await gateway.restart();
    });
    expect(error).toBeUndefined();
    expect(restarts).toEqual([]);
    const missed = new Set(gaps.flatMap(({ from, missed: many }) => upTo(many).map((index) => from + index)));
    expect(chunks.map(({ chunk }) => chunk)).toEqual(upTo(300).filter((index) => !missed.has(index)));
    expect(new Set(chunks.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    process.stdout.write(
      `a gateway killed in the middle of 300 chunks: ${missed.size} missed, and said so\n`,
    );

    // After another restart nothing is kept but how many there were.
    await gateway.restart();
    const late = await read(makeApp(gateway.url).AsyncResult(res.id));
    expect(late).toEqual({ chunks: [], gaps: [{ from: 0, missed: 300 }], restarts: [], error: undefined });
  });
});
