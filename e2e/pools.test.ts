/** What a pool with children promises, with real processes. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { AsyncResult } from '@celeriac/client';
import { Celeriac } from '@celeriac/client';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { CLI, makeGate, startGateway, startWorker, states } from './harness/house.ts';
import { untilState } from './harness/signals.ts';
import type * as tasks from './tasks/bodies.ts';

const BODIES = fileURLToPath(new URL('./tasks/bodies.ts', import.meta.url));
const BROKEN = fileURLToPath(new URL('./tasks/broken-in-children.ts', import.meta.url));

// It waits for 25 s between its tries, while other tests run.
const broken = new Child(
  process.execPath,
  [CLI, 'worker', BROKEN, '--pool', 'threads', '--concurrency', '1'],
  {
    cwd: tmpdir(),
  },
);
afterAll(() => broken.kill());

type App = Celeriac<typeof tasks>;

/** A gateway, a worker with this pool, and a client. */
async function house(pool: string, concurrency: number, ...more: readonly string[]): Promise<App> {
  const gateway = await startGateway({ store: 'memory' });
  const flags = ['--pool', pool, '--concurrency', String(concurrency), '--name', 'w1', ...more];
  await startWorker(gateway.url, { file: BODIES, flags });
  const app: App = new Celeriac<typeof tasks>({ url: gateway.url });
  onTestFinished(() => app.close());
  return app;
}

/** Milliseconds from now until the handle shows this state. */
async function timeUntil(handle: AsyncResult<unknown>, state: string): Promise<number> {
  const from = performance.now();
  await untilState(handle, state);
  return performance.now() - from;
}

const PLAIN = ['PENDING', 'STARTED', 'SUCCESS'];

describe.each(['threads', 'processes'])('in %s', (pool) => {
  test('bodies run beside the worker, with all that a body has', async () => {
    const { tasks } = await house(pool, 2);
    const place = await tasks.where.delay().get({ timeout: 60 });
    expect(place.isMainThread).toBe(pool === 'processes');
    expect(await tasks.asks.delay(41).get({ timeout: 60 })).toEqual({ sum: 42, worker: 'w1' });
    const seen: number[] = [];
    const crunched = tasks.crunch.delay(400);
    crunched.on('progress', ({ info }) => seen.push((info as { readonly done: number }).done));
    expect(await crunched.get({ timeout: 60 })).toBe('crunched');
    // Where the machine stands still meanwhile, steps come together and the newest is shown.
    expect(seen.length).toBeGreaterThan(0);
    expect([1, 2, 3, 4].filter((step) => seen.includes(step))).toEqual(seen);
    const chunks: unknown[] = [];
    for await (const chunk of tasks.letters.delay(1_000).stream()) chunks.push(chunk);
    expect(chunks).toEqual(Array.from({ length: 1_000 }, (_unused, chunk) => chunk));
    await expect(tasks.uncloneable.delay().get({ timeout: 60 })).rejects.toMatchObject({
      name: 'PayloadError',
      message: expect.stringContaining('result of uncloneable'),
    });
    const soft = tasks.polite.applyAsync([], { softTimeLimit: 0.2 });
    await expect(soft.get({ timeout: 60 })).rejects.toMatchObject({ name: 'SoftTimeLimitExceeded' });
  });

  test('a hard limit ends a body that never gives way; the others finish, and the worker goes on', async () => {
    const { tasks } = await house(pool, 3);
    await tasks.where.delay().get({ timeout: 60 });
    const gate = makeGate();
    const neighbours = [tasks.held.delay(gate.path), tasks.held.delay(gate.path)];
    await Promise.all(neighbours.map((one) => untilState(one, 'STARTED')));
    const spinning = tasks.spin.applyAsync([], { timeLimit: 1 });
    await untilState(spinning, 'SPINNING');
    const ms = await timeUntil(spinning, 'FAILURE');
    // The promise is one second after the limit; tests allow twice that.
    expect(ms).toBeLessThan(1_000 + 2_000);
    await expect(spinning.get()).rejects.toMatchObject({ name: 'TimeLimitExceeded' });
    expect(spinning.history.at(-1)?.reason).toBe('timed-out');
    gate.open();
    expect(await Promise.all(neighbours.map((one) => one.get({ timeout: 60 })))).toEqual([
      'let go',
      'let go',
    ]);
    expect(neighbours.map(states)).toEqual([PLAIN, PLAIN]);
    const after = Array.from({ length: 3 }, () => tasks.hold.delay(200));
    expect(await Promise.all(after.map((one) => one.get({ timeout: 60 })))).toEqual([200, 200, 200]);
  });

  test('a revoke with terminate is REVOKED at once, and its slot is free a second after the grace', async () => {
    const { tasks } = await house(pool, 1);
    await tasks.where.delay().get({ timeout: 60 });
    const spinning = tasks.spin.delay();
    await untilState(spinning, 'SPINNING');
    const next = tasks.where.delay();
    await next.accepted;
    const from = Date.now();
    const after = (handle: AsyncResult<unknown>, state: string): number =>
      (handle.history.find((entry) => entry.state === state)?.at.getTime() ?? Number.NaN) - from;
    expect(await spinning.revoke({ terminate: true, grace: 1.5 })).toBe('revoked');
    await untilState(spinning, 'REVOKED');
    // It does not wait for the grace.
    expect(after(spinning, 'REVOKED')).toBeLessThan(1_500);
    await next.get({ timeout: 60 });
    expect(after(next, 'STARTED')).toBeGreaterThanOrEqual(1_500);
    // The promise is one second after the grace; tests allow twice that.
    expect(after(next, 'STARTED')).toBeLessThan(1_500 + 2_000);
    expect(states(spinning)).toEqual(['PENDING', 'STARTED', 'REVOKED']);
  });
});

test('a process that a body aborts takes nothing with it: fifty neighbours finish undisturbed', async () => {
  const { tasks } = await house('processes', 4);
  await tasks.where.delay().get({ timeout: 60 });
  const some = Array.from({ length: 25 }, () => tasks.hold.delay(60));
  const culprit = tasks.die.delay();
  const others = Array.from({ length: 25 }, () => tasks.hold.delay(60));
  const neighbours = [...some, ...others];
  expect(await Promise.all(neighbours.map((one) => one.get({ timeout: 60 })))).toEqual(
    neighbours.map(() => 60),
  );
  expect(neighbours.map(states)).toEqual(neighbours.map(() => PLAIN));
  await expect(culprit.get({ timeout: 60 })).rejects.toMatchObject({ name: 'WorkerLostError' });
  expect(states(culprit).filter((state) => state === 'STARTED')).toHaveLength(3);
  expect(culprit.history.at(-1)?.reason).toBe('poisoned');
  expect(await tasks.add.delay(1, 1).get({ timeout: 60 })).toBe(2);
});

test('children are replaced after so many tasks, and no task notices', async () => {
  const { tasks } = await house('processes', 1, '--max-tasks-per-child', '2');
  const places = [];
  for (let run = 0; run < 6; run++) places.push((await tasks.where.delay().get({ timeout: 60 })).pid);
  expect(new Set(places).size).toBe(3);
});

test('a worker whose threads cannot load its tasks tries again, and exits in the end with the reason', async () => {
  expect((await broken.exited).code).toBe(1);
  expect(broken.errors.match(/"a child of the pool could not start"/g)).toHaveLength(8);
  expect(broken.errors).toMatch(
    /\nceleriac: no child of the pool could be started: Error: no such table.*\n$/s,
  );
});
