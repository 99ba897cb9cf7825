/** What an operator looks at and changes on the command line, with real processes. */
import { expect, test } from 'vitest';
import type { Child } from '../harness/child.ts';
import {
  type App,
  celeriac,
  type GatewayHandle,
  makeApp,
  makeFolder,
  startGateway,
  startWorker,
} from '../harness/house.ts';
import { eventually, untilState } from '../harness/signals.ts';

type Line = Readonly<Record<string, unknown>>;

interface House {
  readonly gateway: GatewayHandle;
  readonly worker: Child;
  readonly app: App;
  /** A command with `--json`: the objects that it prints. */
  ask(...args: readonly string[]): Promise<readonly Line[]>;
  /** A command: its lines, as people read them. */
  show(...args: readonly string[]): Promise<readonly string[]>;
}

/** A gateway on sqlite, and a worker `w1` with two slots for the default queue. */
async function startHouse(): Promise<House> {
  const gateway = await startGateway();
  const worker = await startWorker(gateway.url, { flags: ['--name', 'w1', '--concurrency', '2'] });
  const show: House['show'] = async (...args) => {
    const child = celeriac(args, makeFolder(), { CELERIAC_URL: gateway.url });
    const { code } = await child.exited;
    expect({ args, code, err: child.errors }).toEqual({ args, code: 0, err: '' });
    return child.lines;
  };
  return {
    gateway,
    worker,
    app: makeApp(gateway.url),
    show,
    ask: async (...args) => (await show(...args, '--json')).map((line): Line => JSON.parse(line) as Line),
  };
}

test('inspect shows workers, queues and tasks, each where it is', async () => {
  const { app, ask, show } = await startHouse();
  await app.tasks.add.delay(2, 2).get({ timeout: 60 });
  await app.tasks.fail.delay('on purpose').get({ propagate: false, timeout: 60 });
  const runs = app.tasks.sleepy.delay(60_000);
  await untilState(runs, 'STARTED');
  const tomorrow = app.tasks.add.applyAsync([1, 1], { countdown: '1d' });
  const soon = app.tasks.add.applyAsync([1, 2], { countdown: '1h' });
  const lopri = app.tasks.lopri.applyAsync([], { queue: 'lopri' });
  await Promise.all([tomorrow.accepted, soon.accepted, lopri.accepted]);

  const [workers, queues, active, scheduled, history, failures, one, table] = await Promise.all([
    ask('inspect', 'workers'),
    ask('inspect', 'queues'),
    ask('inspect', 'active'),
    ask('inspect', 'scheduled'),
    ask('inspect', 'history'),
    ask('inspect', 'history', '--state', 'failure,revoked', '--name', 'fail', '--limit', '1'),
    ask('inspect', 'task', runs.id),
    show('inspect', 'queues'),
  ]);
  expect(workers).toMatchObject([
    { name: 'w1', state: 'online', pool: 'inline', queues: ['default'], concurrency: 2, processed: 2 },
  ]);
  expect(queues).toMatchObject([
    { name: 'default', depth: 2, running: 1, paused: false, workers: 1 },
    { name: 'lopri', depth: 1, running: 0, paused: false, workers: 0 },
  ]);
  expect(active).toMatchObject([{ id: runs.id, name: 'sleepy', state: 'STARTED', worker: 'w1' }]);
  expect(scheduled.map(({ id }) => id)).toEqual([soon.id, tomorrow.id]);
  expect(history.map(({ name, state, waiting, error }) => [name, state, waiting, error])).toEqual([
    ['lopri', 'PENDING', 'worker', null],
    ['add', 'PENDING', 'due', null],
    ['add', 'PENDING', 'due', null],
    ['sleepy', 'STARTED', null, null],
    ['fail', 'FAILURE', null, 'RangeError: on purpose'],
    ['add', 'SUCCESS', null, null],
  ]);
  expect(failures).toMatchObject([{ name: 'fail', state: 'FAILURE' }]);
  expect(one).toMatchObject([
    { id: runs.id, state: 'STARTED', worker: 'w1', queue: 'default', args: [60_000] },
  ]);
  expect(table.map((line) => line.split(/ {2,}/)[0])).toEqual(['QUEUE', 'default', 'lopri']);
});

test('inspect shows to people what a task was called with, what came of it, and what it waits for', async () => {
  const { app, show } = await startHouse();
  const sum = app.tasks.add.delay(2, 40);
  const failed = app.tasks.fail.delay('on purpose');
  const later = app.tasks.add.applyAsync([1, 2], { countdown: '3h' });
  await Promise.all([
    sum.get({ timeout: 60 }),
    failed.get({ propagate: false, timeout: 60 }),
    later.accepted,
  ]);
  const [ended, broken, waits, scheduled] = await Promise.all([
    show('inspect', 'task', sum.id),
    show('inspect', 'task', failed.id),
    show('inspect', 'task', later.id),
    show('inspect', 'scheduled'),
  ]);
  expect(ended).toEqual(expect.arrayContaining(['state    SUCCESS', 'args     [2,40]', 'result   42']));
  expect(ended.at(-1)).toMatch(/(ago|now) +SUCCESS +completed +1 +w1$/);
  expect(broken).toContain('error    RangeError: on purpose');
  expect(waits).toContain('state    PENDING, waits until it is due');
  expect(scheduled[1]).toBe(`${later.id}  add   PENDING  in 2 h  default  [1,2]`);
});

test('inspect says what it leaves out, and what a task that nobody can run waits for', async () => {
  const { gateway, app, show } = await startHouse();
  const calls = [
    app.sendTask('add', [1, 1], { queue: 'nowhere' }),
    app.sendTask('unheard', [], { queue: 'default' }),
  ];
  await Promise.all(calls.map((call) => call.accepted));
  const cut = celeriac(['inspect', 'history', '--limit', '1'], makeFolder(), { CELERIAC_URL: gateway.url });
  const [nowhere, unheard] = await Promise.all(calls.map(({ id }) => show('inspect', 'task', id)));
  expect((await cut.exited).code).toBe(0);
  expect(cut.errors).toBe('celeriac: there may be older ones that match; see --limit\n');
  expect(cut.lines).toHaveLength(2);
  expect(nowhere).toContain("state    PENDING, waits for a worker: none takes tasks from queue 'nowhere'");
  expect(unheard).toContain("state    PENDING, waits for a worker: none has the task 'unheard'");
});

test('events tells a task’s whole life by Celery’s names', async () => {
  const { gateway, app } = await startHouse();
  const listen = (...args: readonly string[]): Child =>
    celeriac(['events', ...args], makeFolder(), { CELERIAC_URL: gateway.url });
  const [json, text, failures] = [listen('--json'), listen(), listen('--types', 'task-failed,task-retried')];
  // Nothing says that one listens but what it hears.
  await eventually(async () => {
    await app.tasks.fail.delay('').get({ propagate: false, timeout: 60 });
    return [json, text, failures].every(({ lines }) => lines.length > 0) || undefined;
  }, 'all three hear something');
  const { id } = app.tasks.flaky.delay(1);
  const mine = (line: string): boolean => line.includes(id);
  await json.line(new RegExp(`"task-succeeded".*${id}`));
  await text.line(new RegExp(`task-succeeded .*${id}`));
  const life = json.lines.filter(mine).map((line): Line => JSON.parse(line) as Line);
  const names = ['sent', 'received', 'started', 'retried', 'received', 'started', 'succeeded'];
  const wanted = names.map((name) => `task-${name}`);
  expect(life.map(({ type }) => type)).toEqual(wanted);
  expect(new Set(life.map(({ name }) => name))).toEqual(new Set(['flaky']));
  expect(life[0]).toMatchObject({ uuid: id, queue: 'default', args: '[1]' });
  expect(life[3]).toMatchObject({ uuid: id, hostname: 'w1', exception: 'Error: try 1' });
  expect(life[6]).toMatchObject({ uuid: id, hostname: 'w1', result: '1', runtime: expect.any(Number) });
  const shown = text.lines.filter(mine);
  expect(shown.map((line) => /task-\w+/.exec(line)?.[0])).toEqual(wanted);
  expect(failures.lines.every((line) => / task-(failed|retried) /.test(line))).toBe(true);

  // An interruption is how it ends.
  json.signal('SIGINT');
  text.signal('SIGTERM');
  for (const listener of [json, text])
    expect([await listener.exited, listener.errors]).toEqual([{ code: 0, signal: null }, '']);
});

test('a paused queue stays paused when the gateway is killed, and runs its tasks when it is resumed', async () => {
  const { gateway, app, ask } = await startHouse();
  expect(await ask('control', 'pause-queue', 'default')).toEqual([
    { command: 'pause-queue', queue: 'default', paused: true, waiting: 0 },
  ]);
  const held = [app.tasks.add.delay(1, 1), app.tasks.add.delay(2, 2)];
  await Promise.all(held.map((one) => one.accepted));
  const paused = { name: 'default', depth: 2, running: 0, paused: true };
  expect(await ask('inspect', 'queues')).toMatchObject([paused]);
  await gateway.restart();
  await eventually(async () => {
    const [queue] = await ask('inspect', 'queues');
    return queue?.['workers'] === 1 || undefined;
  }, 'the worker is back');
  expect(await ask('inspect', 'queues')).toMatchObject([paused]);
  expect(await ask('inspect', 'history')).toMatchObject([{ waiting: 'pause' }, { waiting: 'pause' }]);
  expect(await ask('control', 'resume-queue', 'default')).toEqual([
    { command: 'resume-queue', queue: 'default', paused: false, waiting: 2 },
  ]);
  expect(await Promise.all(held.map((one) => one.get({ timeout: 60 })))).toEqual([2, 4]);
  expect(await ask('inspect', 'queues')).toMatchObject([{ depth: 0, paused: false }]);
});

test('what waits is purged or revoked, and what failed is called again', async () => {
  const { app, ask } = await startHouse();
  const waiting = [1, 2, 3].map((x) => app.tasks.add.applyAsync([x, x], { queue: 'nobody' }));
  const later = app.tasks.add.applyAsync([1, 1], { countdown: '1h' });
  const failed = app.tasks.fail.delay('on purpose');
  await Promise.all([...waiting, later].map((one) => one.accepted));
  await failed.get({ propagate: false, timeout: 60 });

  expect(await ask('control', 'purge', 'nobody')).toEqual([
    { command: 'purge', queue: 'nobody', revoked: 3 },
  ]);
  expect(await ask('revoke', later.id)).toEqual([{ id: later.id, verdict: 'prevented' }]);
  for (const gone of [...waiting, later]) await untilState(gone, 'REVOKED');

  const [retried] = await ask('control', 'retry', failed.id);
  expect(retried).toEqual({ command: 'retry', id: expect.any(String), retried: failed.id });
  const again = String(retried?.['id']);
  expect(again).not.toBe(failed.id);
  await untilState(app.AsyncResult(again), 'FAILURE');
  const history = await ask('inspect', 'history');
  expect(history.filter(({ name }) => name === 'fail')).toMatchObject([
    { id: again, state: 'FAILURE', args: '["on purpose"]' },
    { id: failed.id, state: 'FAILURE', args: '["on purpose"]' },
  ]);
});

test('a worker is given other slots, takes nothing, takes work again, and ends', async () => {
  const { app, worker, ask, show } = await startHouse();
  const until = (wanted: Line): Promise<boolean> =>
    eventually(
      async () => {
        const [row] = await ask('inspect', 'workers');
        return Object.entries(wanted).every(([name, value]) => row?.[name] === value) || undefined;
      },
      `the worker's row has ${JSON.stringify(wanted)}`,
    );

  expect(await ask('control', 'concurrency', 'w1', '5')).toEqual([
    { command: 'concurrency', worker: 'w1', concurrency: 5, processes: 1 },
  ]);
  await until({ concurrency: 5, state: 'online' });
  expect(await show('control', 'drain', 'w1')).toEqual(['told w1']);
  await until({ state: 'draining' });
  const res = app.tasks.add.delay(1, 1);
  await res.accepted;
  expect(await ask('inspect', 'history')).toMatchObject([{ id: res.id, state: 'PENDING' }]);
  await show('control', 'resume', 'w1');
  expect(await res.get({ timeout: 60 })).toBe(2);
  await show('control', 'shutdown', 'w1');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(await ask('inspect', 'workers')).toEqual([]);
});
