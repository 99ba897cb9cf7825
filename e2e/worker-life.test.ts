/** How a worker ends, and what it says while it lives, with real processes. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { CLI, makeFolder, makeGate, startGateway, startWorker, states } from './harness/house.ts';
import { eventually, linesOf, untilState } from './harness/signals.ts';
import type * as tasks from './tasks/bodies.ts';

const BODIES = fileURLToPath(new URL('./tasks/bodies.ts', import.meta.url));

type App = Celeriac<typeof tasks>;

function makeApp(url: string): App {
  const app: App = new Celeriac<typeof tasks>({ url });
  onTestFinished(() => app.close());
  return app;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.each([
  ['inline', 8, 200],
  ['threads', 3, 60],
  ['processes', 3, 60],
])('a SIGTERM under load, pool %s', (pool, concurrency, count) => {
  test('loses nothing and runs nothing twice', async () => {
    const gateway = await startGateway();
    const flags = ['--pool', pool, '--concurrency', String(concurrency)];
    const first = await startWorker(gateway.url, { file: BODIES, flags: [...flags, '--name', 'first'] });
    await startWorker(gateway.url, { file: BODIES, flags: [...flags, '--name', 'second'] });
    const runs = join(makeFolder(), 'runs');
    const app = makeApp(gateway.url);
    const handles = Array.from({ length: count }, () => app.tasks.trace.delay(runs, 50));
    await eventually(
      async () => ((await linesOf(runs)).length >= count / 4 ? true : undefined),
      'a quarter of the runs',
    );
    first.signal('SIGTERM');
    for (let more = 0; more < count / 4; more++) handles.push(app.tasks.trace.delay(runs, 50));
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const places = await Promise.all(handles.map((one) => one.get({ timeout: 60 })));
    expect(new Set(places)).toEqual(new Set(['first', 'second']));
    const ids = (await linesOf(runs)).map((line) => line.split(' ')[0] ?? '');
    expect(ids.toSorted()).toEqual(handles.map(({ id }) => id).toSorted());
    for (const handle of handles)
      expect(handle.history.some(({ reason }) => reason === 'worker-lost')).toBe(false);
  });

  test('and a second one: it is gone within a second, and its tasks run elsewhere', async () => {
    const gateway = await startGateway();
    const flags = ['--pool', pool, '--concurrency', '3'];
    const first = await startWorker(gateway.url, { file: BODIES, flags: [...flags, '--name', 'first'] });
    const runs = join(makeFolder(), 'runs');
    const app = makeApp(gateway.url);
    const handles = [
      app.tasks.trace.delay(runs, 60_000),
      app.tasks.trace.delay(runs, 60_000),
      ...(pool === 'inline' ? [] : [app.tasks.spin.delay()]),
    ];
    await Promise.all(handles.map((one) => untilState(one, one === handles[2] ? 'SPINNING' : 'STARTED')));
    await startWorker(gateway.url, { file: BODIES, flags: [...flags, '--name', 'second'] });
    first.signal('SIGTERM');
    await eventually(
      () => (/taking no more|stopping/.test(first.errors) ? true : undefined),
      'the first step',
    );
    const from = performance.now();
    first.signal('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    // The promise is one second; tests allow twice that.
    expect(performance.now() - from).toBeLessThan(2_000);
    await Promise.all(
      handles.map(async (one) => {
        await eventually(
          () =>
            one.history.at(-1)?.worker === 'second' && states(one).at(-1) === 'STARTED' ? true : undefined,
          'another start',
        );
        expect(one.history.map(({ reason }) => reason)).toEqual([
          'submitted',
          'started',
          'released',
          'started',
        ]);
        await one.revoke({ terminate: true, grace: 0 });
      }),
    );
  });
});

test('a terminal that is closed stops worker and gateway as SIGTERM does', async () => {
  const gateway = await startGateway();
  const worker = await startWorker(gateway.url, {
    file: BODIES,
    flags: ['--pool', 'processes', '--concurrency', '1'],
  });
  const app = makeApp(gateway.url);
  const { pid } = await app.tasks.where.delay().get({ timeout: 60 });
  const gate = makeGate();
  const held = app.tasks.held.delay(gate.path);
  await untilState(held, 'STARTED');
  worker.signal('SIGHUP');
  process.kill(pid, 'SIGHUP');
  await eventually(() => (worker.errors.includes('stopping') ? true : undefined), 'the first step');
  gate.open();
  expect(await held.get({ timeout: 60 })).toBe('let go');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  gateway.child.signal('SIGHUP');
  expect(await gateway.child.exited).toEqual({ code: 0, signal: null });
});

test('a promise that a task left to nobody ends its worker inline, and the log says whose it was', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const worker = await startWorker(gateway.url, { file: BODIES });
  const floating = makeApp(gateway.url).tasks.floats.delay();
  expect(await worker.exited).toEqual({ code: 1, signal: null });
  const line = worker.errors.split('\n').find((one) => one.includes('was not caught'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    task: 'floats',
    id: floating.id,
    error: 'RangeError: nobody caught this',
  });
  await floating.revoke();
});

test('a worker that is killed in onSuccess does not run the body again', async () => {
  const gateway = await startGateway();
  const worker = await startWorker(gateway.url, { file: BODIES });
  const runs = join(makeFolder(), 'runs');
  const app = makeApp(gateway.url);
  const res = app.tasks.killsAfter.delay(runs);
  expect(await res.get({ timeout: 60 })).toBe('recorded');
  expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await startWorker(gateway.url, { file: BODIES });
  expect(await app.tasks.add.delay(1, 1).get({ timeout: 60 })).toBe(2);
  expect(await linesOf(runs)).toEqual(['ran']);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

/** Flags of V8, of two words, and of Node: a file is the program, or the command line is. */
const STARTS: readonly (readonly [string, readonly string[]])[] = [
  ['a file', [CLI]],
  [
    'code',
    ['--input-type=module', '-e', `await import(${JSON.stringify(pathToFileURL(CLI).href)})`, 'celeriac'],
  ],
];

describe.each(['inline', 'threads', 'processes'])('in the pool %s', (pool) => {
  test.each(STARTS)('flags of Node reach the tasks of a worker whose program is %s', async (_, program) => {
    const gateway = await startGateway({ store: 'memory' });
    const preload = 'data:text/javascript,globalThis.preloaded = true';
    const nodes = ['--max-old-space-size=512', '--expose-gc', '--inspect-port', '0', '--import', preload];
    const workers = ['worker', BODIES, '--gateway', gateway.url, '--pool', pool, '--concurrency', '1'];
    const worker = new Child(process.execPath, [...nodes, ...program, ...workers], { cwd: makeFolder() });
    onTestFinished(() => worker.kill());
    await worker.line(/^ready/);
    const found = await makeApp(gateway.url).tasks.flags.delay().get({ timeout: 60 });
    expect(found).toEqual({ collects: true, preloaded: true });
    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });
});

test('a body that holds the event loop is named in the log, while it does and after', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const worker = await startWorker(gateway.url, { file: BODIES });
  const app = makeApp(gateway.url);
  expect(await app.tasks.hold.delay(1_500).get({ timeout: 60 })).toBe(1_500);
  await eventually(
    () => (/event loop was blocked.*\n/.test(worker.errors) ? true : undefined),
    'the warning',
  );
  const line = worker.errors.split('\n').find((one) => one.includes('the event loop was blocked'));
  expect(JSON.parse(line ?? '')).toMatchObject({ tasks: ['hold'] });
  const stuck = app.tasks.spin.applyAsync([], { timeLimit: 1 });
  await untilState(stuck, 'STARTED');
  await eventually(
    () => (/loop is blocked.*"spin"|"spin".*loop is blocked/.test(worker.errors) ? true : undefined),
    'the culprit',
  );
  await worker.kill();
});

test('a process whose worker was killed ends with it, whatever its body does', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const flags = ['--pool', 'processes', '--concurrency', '1'];
  const worker = await startWorker(gateway.url, { file: BODIES, flags });
  const app = makeApp(gateway.url);
  const { pid } = await app.tasks.where.delay().get({ timeout: 60 });
  const spinning = app.tasks.spin.delay();
  await untilState(spinning, 'SPINNING');
  expect(isAlive(pid)).toBe(true);
  await worker.kill();
  await eventually(() => (isAlive(pid) ? undefined : true), 'the end of the child');
  await spinning.revoke();
});

test('concurrency follows the load, within its bounds', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const flags = ['--autoscale', '1,4', '--prefetch', '0'];
  const worker = await startWorker(gateway.url, { file: BODIES, flags });
  const runs = join(makeFolder(), 'runs');
  const app = makeApp(gateway.url);
  const handles = Array.from({ length: 8 }, () => app.tasks.trace.delay(runs, 60_000));
  await eventually(async () => ((await linesOf(runs)).length === 4 ? true : undefined), 'four runs');
  const steps = worker.errors.split('\n').filter((line) => line.includes('concurrency follows the load'));
  expect(steps.map((line) => JSON.parse(line))).toMatchObject([
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 4 },
  ]);
  await Promise.all(handles.map((one) => one.revoke()));
});
