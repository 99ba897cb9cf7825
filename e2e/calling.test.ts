import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotAcceptedError, OptionError, TimeoutError, UnknownTaskError } from '@celeriac/client';
import { describe, expect, test } from 'vitest';
import {
  makeApp,
  makeFolder,
  runProgram,
  startGateway,
  startWorker,
  states,
  TASKS,
} from './harness/house.ts';
import { eventually, linesOf, untilState } from './harness/signals.ts';

const GATED = fileURLToPath(new URL('./tasks/gated.ts', import.meta.url));

/** The line of the task file on which this stands. */
function lineOf(text: string): number {
  return (
    readFileSync(TASKS, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('S01: a call comes back as its result', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const res = makeApp(gateway.url).tasks.add.delay(2, 2);
  expect(res.id).toMatch(UUID);
  expect(await res.get({ timeout: 60 })).toBe(4);
  expect(res.state).toBe('SUCCESS');
  expect(res.successful()).toBe(true);
  expect(res.failed()).toBe(false);
  expect(res.ready()).toBe(true);
  expect(res.result).toBe(4);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

test('S02: a task called directly runs here, without a gateway', async () => {
  const program = runProgram('direct.ts', 'http://127.0.0.1:1');
  expect(await program.line(/./)).toBe('4');
  expect((await program.exited).code).toBe(0);
});

test('a countdown holds a task back, and its queue decides who runs it', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url, { flags: ['--name', 'common', '--queues', 'default'] });
  await startWorker(gateway.url, { flags: ['--name', 'patient', '--queues', 'lopri'] });
  const app = makeApp(gateway.url);
  const folder = makeFolder();
  const called = Date.now();
  const res = app.tasks.trace.applyAsync([join(folder, 'runs'), 0], { queue: 'lopri', countdown: 1.5 });
  expect(await res.get({ timeout: 60 })).toBe('patient');
  const started = res.history.find(({ state }) => state === 'STARTED');
  expect(Number(started?.at) - called).toBeGreaterThanOrEqual(1_500);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

describe('a failure', () => {
  test('S05: of the argument count is a TypeError that names the place of the definition', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const { add } = makeApp(gateway.url).tasks;
    const res = (add.delay as (x: number) => ReturnType<typeof add.delay>)(2);
    const error = await res.get().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe('add() takes exactly 2 arguments (1 given)');
    const value: unknown = await res.get({ propagate: false });
    expect(value).toBeInstanceOf(TypeError);
    expect(res.failed()).toBe(true);
    expect(res.successful()).toBe(false);
    expect(res.state).toBe('FAILURE');
    expect(res.traceback).toContain(`tasks.ts:${lineOf("app.task('add'")}:`);
  });

  test('of the body has the line of the task file in its traceback', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const res = makeApp(gateway.url).tasks.fail.delay('no such luck');
    await expect(res.get()).rejects.toThrow(RangeError);
    expect(res.traceback).toMatch(/RangeError: no such luck/);
    expect(res.traceback).toContain(`tasks.ts:${lineOf('throw new RangeError(message)')}:`);
  });

  test('that is retried by class ends with the last error', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const res = makeApp(gateway.url).tasks.auto.delay();
    await expect(res.get()).rejects.toThrow('run 3');
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'FAILURE']);
  });
});

describe('an id', () => {
  test('S04: that nobody knows is PENDING, and waiting for it ends', async () => {
    const gateway = await startGateway();
    const res = makeApp(gateway.url).AsyncResult('this-id-does-not-exist');
    expect(res.state).toBe('PENDING');
    await expect(res.get()).rejects.toThrow(UnknownTaskError);
    const again = makeApp(gateway.url).AsyncResult('this-id-does-not-exist');
    expect(await again.exists()).toBe(false);
    await expect(again.get({ timeout: 0.2 })).rejects.toThrow(TimeoutError);
  });

  test('of a task that is done gives its result to whoever asks', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const done = makeApp(gateway.url).tasks.add.delay(20, 3);
    await done.get();
    const later = makeApp(gateway.url).AsyncResult(done.id);
    expect(later.synced).toBe(false);
    const snapshot = await later.refresh();
    expect(snapshot.state).toBe('SUCCESS');
    expect(later.synced).toBe(true);
    expect(later.result).toBe(23);
    expect(states(later)).toEqual(states(done));
  });

  test('given twice makes one task, and with other arguments is a conflict', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const runs = join(makeFolder(), 'runs');
    const handles = [makeApp(gateway.url), makeApp(gateway.url)].map((app) =>
      app.tasks.trace.applyAsync([runs, 0], { taskId: 'the-one' }),
    );
    await Promise.all(handles.map((handle) => handle.get({ timeout: 60 })));
    expect(await linesOf(runs)).toHaveLength(1);
    const other = makeApp(gateway.url).tasks.trace.applyAsync([runs, 1], { taskId: 'the-one' });
    await expect(other.accepted).rejects.toMatchObject({ name: 'IdConflictError', code: 'ID_CONFLICT' });
    await expect(other.get()).rejects.toMatchObject({ name: 'IdConflictError' });
  });
});

describe('what cannot be', () => {
  test.each([
    [{ countdown: -1 }, 'countdown'],
    [{ countdown: Number.NaN }, 'countdown'],
    [{ eta: '2030-01-01' }, 'eta'],
    [{ priority: 11 }, 'priority'],
    [{ cuontdown: 1 }, 'countdown'],
  ])('%j is refused at the call', async (options, named) => {
    const app = makeApp('http://127.0.0.1:1');
    const call = (): unknown => app.tasks.add.applyAsync([1, 2], options as object);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(named);
  });

  test('a payload over the limit is refused at the call, and nothing else suffers', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const app = makeApp(gateway.url);
    expect(() => app.sendTask('noop', ['x'.repeat(300_000)])).toThrow(/262144/);
    expect(await app.tasks.noop.delay(7).get({ timeout: 60 })).toBe(7);
  });

  test('a call that no gateway takes is given up after acceptTimeout', async () => {
    const res = makeApp('http://127.0.0.1:1', { acceptTimeout: '300ms' }).tasks.add.delay(1, 2);
    await expect(res.accepted).rejects.toThrow(NotAcceptedError);
    await expect(res.get()).rejects.toMatchObject({ name: 'NotAcceptedError', indeterminate: false });
  });
});

test('a name that no worker has yet waits for one, and runs when it comes', async () => {
  const gateway = await startGateway();
  const file = join(makeFolder(), 'tasks.ts');
  appendFileSync(
    file,
    `import { Celeriac } from ${JSON.stringify(import.meta.resolve('@celeriac/client'))};
     export const app = new Celeriac();
     export const late = app.task('late', { queue: 'special' }, (x: number) => x * 2);\n`,
  );
  const app = makeApp(gateway.url);
  const res = app.sendTask('late', [21]);
  await res.accepted;
  expect((await res.refresh()).waiting).toBe('worker');
  expect(res.state).toBe('PENDING');
  await startWorker(gateway.url, { file, flags: ['--queues', 'special'] });
  expect(await res.get({ timeout: 60 })).toBe(42);
  expect((await app.AsyncResult(res.id).refresh()).queue).toBe('special');
});

test('progress reaches the caller, and a client that comes later', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url, { file: GATED });
  const app = makeApp(gateway.url);
  const res = app.sendTask('slow', [1]);
  const seventh = new Promise<void>((resolve) => {
    // Steps that are taken at once may be shown as the last of them.
    res.on('progress', ({ info }) => (info as { readonly done: number }).done === 7 && resolve());
  });
  await app.sendTask('allow', [res.id, 7]).get({ timeout: 60 });
  await seventh;
  const later = makeApp(gateway.url).AsyncResult(res.id);
  await later.refresh();
  expect(later.state).toBe('PROGRESS');
  expect(later.info).toMatchObject({ done: 7 });
  await app.sendTask('allow', [res.id, 13]).get({ timeout: 60 });
  expect(await res.get({ timeout: 60 })).toBe('worked for 1 s');
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

test('a revoked task never runs, and a running one is told', async () => {
  const gateway = await startGateway();
  const app = makeApp(gateway.url);
  const waiting = app.tasks.add.delay(1, 1);
  await waiting.accepted;
  expect(await waiting.revoke()).toBe('prevented');
  expect(await waiting.revoke()).toBe('already-done');
  expect(await app.AsyncResult('nobody').revoke()).toBe('unknown');
  await expect(waiting.get()).rejects.toMatchObject({ name: 'TaskRevokedError', reason: 'revoked' });
  await startWorker(gateway.url);
  const running = app.tasks.progress.delay(1_000_000);
  await untilState(running, 'PROGRESS');
  expect(await running.revoke()).toBe('revoked');
  await expect(running.get()).rejects.toMatchObject({ name: 'TaskRevokedError' });
  expect(states(running)).toEqual(['PENDING', 'STARTED', 'REVOKED']);
  expect(await app.tasks.add.delay(1, 2).get({ timeout: 60 })).toBe(3);
});

test('S12: an ignored result is nobody’s', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const app = makeApp(gateway.url);
  expect(await app.tasks.add.applyAsync([1, 1], { ignoreResult: true }).get()).toBeUndefined();
  const res = app.tasks.add.applyAsync([2, 2], { ignoreResult: true });
  await untilState(res, 'SUCCESS');
  const later = app.AsyncResult(res.id);
  await expect(later.get()).rejects.toMatchObject({ name: 'ResultGoneError', state: 'SUCCESS' });
});

test('a program whose last line is a call exits by itself, and the task runs', async () => {
  const gateway = await startGateway();
  const program = runProgram('fire-and-exit.ts', gateway.url);
  const id = await program.line(UUID);
  expect((await program.exited).code).toBe(0);
  await startWorker(gateway.url);
  expect(await makeApp(gateway.url).AsyncResult(id).get({ timeout: 60 })).toBe(4);
});

test('a program that awaited its result exits within a second', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const program = runProgram('get-and-exit.ts', gateway.url);
  expect((await program.exited).code).toBe(0);
  // The promise is one second; tests allow twice that.
  expect(Number(/^exits after (\d+) ms$/.exec(program.lines.at(-1) ?? '')?.[1])).toBeLessThan(2_000);
  expect(program.lines[0]).toBe('4');
});

test('tasks that call tasks go through their worker', async () => {
  const gateway = await startGateway();
  await startWorker(gateway.url);
  const app = makeApp(gateway.url);
  const res = app.tasks.outer.delay(41);
  const { inner, current } = await res.get({ timeout: 60 });
  expect(current).toBe(res.id);
  expect(await app.AsyncResult(inner).get({ timeout: 60 })).toBe(42);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
});

test('expired tasks are revoked and never run', async () => {
  const gateway = await startGateway();
  const runs = join(makeFolder(), 'runs');
  const app = makeApp(gateway.url);
  const res = app.tasks.trace.applyAsync([runs, 0], { expires: '200ms' });
  await expect(res.get({ timeout: 60 })).rejects.toMatchObject({
    name: 'TaskRevokedError',
    reason: 'expired',
  });
  await startWorker(gateway.url);
  await app.tasks.add.delay(1, 1).get({ timeout: 60 });
  expect(await linesOf(runs)).toEqual([]);
});

test('a gateway on the memory engine that is restarted says that the task is lost', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const res = makeApp(gateway.url).tasks.add.delay(1, 2);
  await res.accepted;
  const ended = res.get().catch((error: unknown) => error);
  await gateway.restart();
  expect(await ended).toMatchObject({ name: 'UnknownTaskError', lost: true });
});

test('what a worker leaves behind is nothing', async () => {
  const gateway = await startGateway();
  const worker = await startWorker(gateway.url);
  await makeApp(gateway.url).tasks.add.delay(1, 2).get({ timeout: 60 });
  expect((await worker.stop()).code).toBe(0);
  expect((await gateway.child.stop()).code).toBe(0);
  await eventually(() => (worker.running || gateway.child.running ? undefined : true), 'both ended');
});
