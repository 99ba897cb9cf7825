/**
 * Celery's scenarios, by the numbers of our acceptance list; where ours differs, the test says how.
 * S01 to S05, S12 and S18 are in calling.test.ts and history.test.ts, with what belongs to them.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError, TimeoutError } from '@celeriac/client';
import { describe, expect, test } from 'vitest';
import { makeApp, makeFolder, makeGate, startGateway, startWorker, states } from './harness/house.ts';
import { eventually, linesOf, untilState } from './harness/signals.ts';

const GATED = fileURLToPath(new URL('./tasks/gated.ts', import.meta.url));

async function setup(workerFlags: readonly string[] = []) {
  const gateway = await startGateway();
  await startWorker(gateway.url, { flags: workerFlags });
  return { gateway, app: makeApp(gateway.url), runs: join(makeFolder(), 'runs') };
}

test('S07: a failing task gives its error, its name, its message and a traceback', async () => {
  const { app } = await setup();
  const res = app.tasks.fail.delay('broken');
  await expect(res.get()).rejects.toMatchObject({ name: 'RangeError', message: 'broken' });
  expect(await res.get({ propagate: false })).toBeInstanceOf(RangeError);
  expect([res.failed(), res.successful()]).toEqual([true, false]);
  expect(res.traceback).toMatch(/RangeError: broken/);
});

test('S08: a countdown is never early', async () => {
  const { app } = await setup();
  const called = performance.now();
  const res = app.tasks.add.applyAsync([1, 1], { countdown: 1.5 });
  await res.accepted;
  expect((await res.refresh()).waiting).toBe('due');
  expect(await res.get({ timeout: 60 })).toBe(2);
  expect(performance.now() - called).toBeGreaterThanOrEqual(1_500);
});

test('S10: what expires in a blocked queue is revoked and never runs', async () => {
  const { app, runs } = await setup(['--concurrency', '1', '--prefetch', '0']);
  const gate = makeGate();
  const blocker = app.tasks.held.delay(`${runs}-blocker`, gate.path);
  await untilState(blocker, 'STARTED');
  const res = app.tasks.trace.applyAsync([runs, 0], { expires: '500ms' });
  await expect(res.get({ timeout: 60 })).rejects.toMatchObject({
    name: 'TaskRevokedError',
    reason: 'expired',
  });
  expect([res.state, res.ready(), res.failed(), res.successful()]).toEqual(['REVOKED', true, false, false]);
  gate.open();
  await blocker.get({ timeout: 60 });
  await app.tasks.add.delay(1, 1).get({ timeout: 60 });
  expect(await linesOf(runs)).toEqual([]);
});

test('S13: an id of one’s own is the task’s, for every process', async () => {
  const { gateway, app } = await setup();
  const res = app.tasks.add.applyAsync([2, 2], { taskId: 'my-own-id' });
  expect(res.id).toBe('my-own-id');
  await res.get({ timeout: 60 });
  const elsewhere = makeApp(gateway.url).AsyncResult('my-own-id');
  expect(await elsewhere.get({ timeout: 60 })).toBe(4);
  expect(elsewhere.state).toBe('SUCCESS');
});

test('S14: a queue that nobody knows is refused where queues are not made by naming them', async () => {
  const gateway = await startGateway({ flags: ['--create-missing-queues', 'false'] });
  await startWorker(gateway.url, { flags: ['--name', 'low', '--queues', 'lopri'] });
  await startWorker(gateway.url, { flags: ['--name', 'usual'] });
  const app = makeApp(gateway.url);
  expect(await app.tasks.lopri.delay().get({ timeout: 60 })).toBe('low');
  const lost = app.tasks.add.applyAsync([1, 1], { queue: 'nowhere' });
  await expect(lost.accepted).rejects.toMatchObject({ name: 'QueueNotFound' });
  await expect(lost.get()).rejects.toMatchObject({ name: 'QueueNotFound' });
});

test('S16: a soft limit above the hard one is refused at the call', () => {
  const app = makeApp('http://127.0.0.1:1');
  const call = (): unknown => app.tasks.add.applyAsync([1, 1], { softTimeLimit: 5, timeLimit: 1 });
  expect(call).toThrow(OptionError);
  expect(call).toThrow(/softTimeLimit must be less than or equal to timeLimit/);
});

test('S19: maxRetries 2 is three runs, and the given error is what fails the task', async () => {
  const { app, runs } = await setup();
  const res = app.tasks.stubborn.delay(runs);
  await expect(res.get({ timeout: 60 })).rejects.toMatchObject({ name: 'RangeError', message: 'enough' });
  expect(await linesOf(runs)).toHaveLength(3);
  expect(res.state).toBe('FAILURE');
});

test('S21: between two tries the state is RETRY, and the result its error', async () => {
  const { app } = await setup();
  const res = app.tasks.later.delay(0.1);
  const between: unknown[] = [];
  res.on('state', ({ state }) => {
    if (state === 'RETRY') between.push(res.ready(), res.result);
  });
  expect(await res.get({ timeout: 60 })).toBe('bar');
  expect(between).toMatchObject([false, { message: 'not yet' }]);
});

test('S22: a backoff doubles from its first wait', async () => {
  const { app, runs } = await setup();
  const res = app.tasks.backedOff.delay(runs);
  await expect(res.get({ timeout: 60 })).rejects.toThrow('run 4');
  const times = (await linesOf(runs)).map(Number);
  const waits = times.slice(1).map((time, run) => time - (times[run] ?? 0));
  expect(waits).toHaveLength(3);
  for (const [run, least] of [40, 80, 160].entries()) expect(waits[run]).toBeGreaterThanOrEqual(least);
});

test('S25: progress reaches a listener and another client, in order, and nothing of other tasks', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url, { file: GATED });
  const app = makeApp(gateway.url);
  const allow = (id: string, steps: number) => app.sendTask('allow', [id, steps]).get({ timeout: 60 });
  const res = app.sendTask('slow', [1]);
  const other = makeApp(gateway.url).AsyncResult(res.id);
  const seen: (readonly [string, number])[] = [];
  const elsewhere: number[] = [];
  const doneOf = (info: unknown): number => (info as { readonly done: number }).done;
  other.on('progress', ({ info }) => elsewhere.push(doneOf(info)));
  await other.refresh();
  const ended = res.get({
    timeout: 60,
    onMessage: ({ id, state, info }) => state === 'PROGRESS' && seen.push([id, doneOf(info)]),
  });
  await allow(app.sendTask('slow', [1]).id, 20);
  const steps = [1, 2, 3, 4, 5];
  for (const step of steps) {
    await allow(res.id, 1);
    const heard = (): boolean => seen.at(-1)?.[1] === step && elsewhere.at(-1) === step;
    await eventually(() => heard() || undefined, `step ${step}`);
  }
  expect(seen).toEqual(steps.map((step) => [res.id, step]));
  expect(elsewhere).toEqual(steps);
  await allow(res.id, 15);
  await ended;
});

test('S26: a wait that times out leaves the task alone', async () => {
  const { app, runs } = await setup();
  const gate = makeGate();
  const res = app.tasks.held.delay(runs, gate.path);
  await expect(res.get({ timeout: 0.3 })).rejects.toThrow(TimeoutError);
  gate.open();
  await res.get({ timeout: 60 });
  expect(await linesOf(runs)).toEqual(['begin', 'end']);
});

test('S27: a task that was revoked while it waited never runs, whoever is restarted', async () => {
  const { gateway, app, runs } = await setup(['--concurrency', '1', '--prefetch', '0']);
  const gate = makeGate();
  const blocker = app.tasks.held.delay(`${runs}-blocker`, gate.path);
  await untilState(blocker, 'STARTED');
  const res = app.tasks.trace.delay(runs, 0);
  await res.accepted;
  expect(await res.revoke()).toBe('prevented');
  await expect(res.get()).rejects.toMatchObject({ name: 'TaskRevokedError' });
  gate.open();
  await gateway.restart();
  await startWorker(gateway.url);
  expect(await app.tasks.add.delay(1, 1).get({ timeout: 60 })).toBe(2);
  expect(await linesOf(runs)).toEqual([]);
});

describe('S29: a task that rejects itself', () => {
  test('fails with the rejection', async () => {
    const { app } = await setup();
    const res = app.tasks.rejecting.delay(false);
    await expect(res.get({ timeout: 60 })).rejects.toThrow('no');
    expect(res.history.at(-1)?.reason).toBe('rejected');
  });

  test('again and again is bounded', async () => {
    const { app } = await setup();
    const res = app.tasks.rejecting.delay(true);
    await expect(res.get({ timeout: 60 })).rejects.toThrow('no');
    expect(res.history.filter(({ reason }) => reason === 'requeued')).toHaveLength(100);
  });
});

test('an ignored task is IGNORED, and gives nothing', async () => {
  const { app } = await setup();
  const res = app.tasks.ignoring.delay();
  expect(await res.get({ timeout: 60 })).toBeUndefined();
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'IGNORED']);
});

describe('S31: get() inside a task', () => {
  test('is refused', async () => {
    const { app } = await setup();
    await expect(app.tasks.askInside.delay(false).get({ timeout: 60 })).rejects.toMatchObject({
      name: 'UsageError',
    });
  });

  test('is allowed where it is asked for, and cannot deadlock at concurrency 1', async () => {
    const { app } = await setup(['--concurrency', '1', '--prefetch', '0']);
    expect(await app.tasks.askInside.delay(true).get({ timeout: 60 })).toBe(2);
  });
});

test('a task that calls another one is its parent', async () => {
  const { app } = await setup();
  const res = app.tasks.family.delay();
  const { id, root, child } = await res.get({ timeout: 60 });
  expect([id, root]).toEqual([res.id, res.id]);
  expect(await app.AsyncResult(child).get({ timeout: 60 })).toEqual({ root: res.id, parent: res.id });
  expect(res.children.map((one) => one.id)).toEqual([child]);
});

test('headers, priority and queue survive a retry', async () => {
  const { app } = await setup(['--queues', 'default,lopri']);
  const res = app.tasks.headed.applyAsync([], { headers: { tenant: 'a' }, priority: 7, queue: 'lopri' });
  expect(await res.get({ timeout: 60 })).toEqual({ headers: { tenant: 'a' }, priority: 7, queue: 'lopri' });
});
