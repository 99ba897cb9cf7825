import { INSIDE, type InsideTask, SIGNAL, type TaskSelf, type TaskSignal } from '@celeriac/client';
import { CLOSE, type SettledItem } from '@celeriac/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { FakeGateway } from '../test/fake-gateway.ts';
import { Gate } from '../test/gate.ts';
import type { WorkerOptions } from './options.ts';
import { createWorker, type Worker } from './worker.ts';

const log = pino({ level: 'silent' });
let gateway: FakeGateway;
let workers: Worker[];
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop({ now: true })));
  await gateway.close();
});

function make(app: object, options: WorkerOptions = {}): Worker {
  // The shortest waits between attempts to connect.
  const worker = createWorker(app, { gateway: gateway.url, log, random: () => 0.99, ...options });
  workers.push(worker);
  return worker;
}

test('runs what it is assigned: started, then settled, each in one frame', async () => {
  const worker = make(new FakeApp().task('add', (x: number, y: number) => x + y));
  const started = worker.start();
  const { peer } = await gateway.welcome();
  await started;
  expect(worker.state).toBe('ready');
  peer.assign(
    assignment('add', [1, 1], { nonce: 'a', id: 'i' }),
    assignment('add', [2, 2], { nonce: 'b', id: 'j' }),
  );
  await peer.settled(2);
  expect(peer.frames.slice(1)).toEqual([
    ['started', ['a', 'b']],
    [
      'settled',
      [
        ['a', 'i', 1, ['success', '2']],
        ['b', 'j', 1, ['success', '4']],
      ],
    ],
  ]);
});

test('introduces itself with all that the gateway must know, and houses its apps', async () => {
  const app = new FakeApp({ maxRetries: 7 }).task('add', () => 0, {
    options: { queue: 'sums' },
    arity: { min: 2, max: 2 },
  });
  const worker = make(app, {
    queues: { a: 2, b: 1 },
    concurrency: 3,
    prefetch: 5,
    name: 'w1',
    token: () => 'secret',
  });
  void worker.start();
  const { hello } = await gateway.welcome();
  expect(hello).toMatchObject({
    protocol: { min: 1, max: 1 },
    token: 'secret',
    name: 'w1',
    pid: process.pid,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    ageMs: expect.any(Number),
    pool: 'inline',
    concurrency: 3,
    queues: ['a', 'b'],
    weights: [['a', 2]],
    capacity: 8,
    appOptions: { maxRetries: 7 },
    definitions: [{ name: 'add', options: { queue: 'sums' }, arity: { min: 2, max: 2 } }],
    session: null,
    held: [],
  });
  expect(app.homes).toMatchObject([{ url: gateway.url }]);
  expect(worker.tasks).toEqual(['add']);
});

test('a run that timed out is reported at once, and keeps its slot until its body is gone', async () => {
  const gate = new Gate();
  void make(
    new FakeApp().task('wait', (label: string) => gate.wait(label)),
    { concurrency: 1, prefetch: 1 },
  ).start();
  const { peer } = await gateway.welcome();
  peer.assign(assignment('wait', ['deaf'], { timeLimitMs: 1 }), assignment('wait', ['next']));
  const [[, , , outcome]] = (await peer.settled(1)) as [SettledItem];
  expect(outcome[0]).toBe('timed-out');
  expect(await peer.next('capacity')).toBe(1);
  expect(gate.labels).toEqual(['deaf']);
  gate.open('deaf');
  await gate.entered(2);
  expect(await peer.next('capacity')).toBe(2);
  gate.open('next');
  const [[, , , after]] = (await peer.settled(1)) as [SettledItem];
  expect(after).toEqual(['success', '"next"']);
});

test('never runs more bodies than it has slots, and keeps the order of arrival', async () => {
  const gate = new Gate();
  void make(
    new FakeApp().task('wait', (label: string) => gate.wait(label)),
    { concurrency: 2 },
  ).start();
  const { peer } = await gateway.welcome();
  peer.assign(...['a', 'b', 'c', 'd'].map((nonce) => assignment('wait', [nonce], { nonce })));
  expect(await peer.next('started')).toEqual(['a', 'b']);
  await gate.entered(2);
  gate.open('b');
  expect(await peer.next('started')).toEqual(['c']);
  gate.open('a');
  expect(await peer.next('started')).toEqual(['d']);
});

test('ignores an assignment that it holds, or has reported without an ack', async () => {
  gateway.acks = false;
  let runs = 0;
  const gate = new Gate();
  const app = new FakeApp().task('quick', () => ++runs).task('wait', () => gate.wait('a'));
  void make(app).start();
  const { peer } = await gateway.welcome();
  const quick = assignment('quick');
  const waiting = assignment('wait');
  peer.assign(quick, waiting);
  const first = await peer.settled(1);
  peer.assign(quick, waiting, assignment('quick', [], { nonce: 'last' }));
  const next = await peer.settled(1);
  expect(next.map(([nonce]) => nonce)).toEqual(['last']);
  expect(runs).toBe(2);
  peer.ack([...first, ...next]);
});

describe('at most once', () => {
  test('a body waits until its start is recorded', async () => {
    let runs = 0;
    void make(new FakeApp().task('once', () => ++runs)).start();
    const { peer } = await gateway.welcome();
    peer.assign(
      assignment('once', [], { nonce: 'a', awaitStart: true }),
      assignment('once', [], { nonce: 'b' }),
    );
    expect(await peer.next('started')).toEqual(['a', 'b']);
    const [other] = await peer.settled(1);
    expect(other?.[0]).toBe('b');
    expect(runs).toBe(1);
    peer.send(['startedAcks', [['a', 'ok']]]);
    const [settled] = await peer.settled(1);
    expect(settled?.[0]).toBe('a');
  });

  test('a start that was refused never runs, and gives its slot back', async () => {
    const ran: string[] = [];
    void make(
      new FakeApp().task('once', (label: string) => void ran.push(label)),
      { concurrency: 1 },
    ).start();
    const { peer } = await gateway.welcome();
    peer.assign(
      assignment('once', ['a'], { nonce: 'a', awaitStart: true }),
      assignment('once', ['b'], { nonce: 'b' }),
    );
    await peer.next('started');
    peer.send(['startedAcks', [['a', 'stale']]]);
    const [settled] = await peer.settled(1);
    expect([settled?.[0], ran]).toEqual(['b', ['b']]);
  });

  test('one that is revoked while it waits for the ack never runs, and is given back', async () => {
    const ran: string[] = [];
    void make(new FakeApp().task('once', (label: string) => void ran.push(label))).start();
    const { peer } = await gateway.welcome();
    peer.assign(assignment('once', ['a'], { nonce: 'a', awaitStart: true }));
    await peer.next('started');
    peer.send(['abort', [['a', 'revoked', false, 0]]]);
    expect(await peer.next('release')).toEqual(['a']);
    peer.send(['startedAcks', [['a', 'ok']]]);
    peer.assign(assignment('once', ['b'], { nonce: 'b' }));
    await peer.settled(1);
    expect(ran).toEqual(['b']);
  });
});

test('progress is reported while the body runs, the latest of each turn', async () => {
  const gate = new Gate();
  const body = async (self: TaskSelf): Promise<void> => {
    for (let done = 0; done <= 50; done += 10) self.updateState({ state: 'PROGRESS', meta: { done } });
    await gate.wait('a');
  };
  void make(new FakeApp().task('encode', body, { bind: true })).start();
  const { peer } = await gateway.welcome();
  peer.assign(assignment('encode', [], { nonce: 'a' }));
  expect(await peer.next('progress')).toEqual([['a', 'PROGRESS', '{"done":50}']]);
});

test('all that stands in a context arrives, and a retry leaves with its children and arguments', async () => {
  const retry = (args: readonly unknown[]): never => {
    const signal: TaskSignal = { kind: 'retry', exc: 'later', countdownMs: 0, maxRetries: undefined, args };
    throw Object.assign(new Error('retry'), { [SIGNAL]: signal });
  };
  const app = new FakeApp().task(
    'again',
    (self: TaskSelf & { readonly [INSIDE]: InsideTask }, ...args: readonly unknown[]) => {
      const { rootId, parentId, headers } = self.request;
      self[INSIDE].called('child');
      retry([...args, rootId, parentId, headers]);
    },
    { bind: true },
  );
  void make(app).start();
  const { peer } = await gateway.welcome();
  const context = { prepend: ['1', '"2"'], rootId: 'root', parentId: 'parent', headers: '{"a":1}' };
  const shown = { shadow: 'shown', argsRepr: '(…)', timeLimitMs: 2_000, softTimeLimitMs: 1_000 };
  peer.assign(assignment('again', [3], { nonce: 'a', id: 'i', ...context, ...shown }));
  const args = '[1,"2",3,"root","parent",{"a":1}]';
  const outcome = ['retry', expect.any(String), expect.any(String), 0, 'task', args];
  expect(await peer.settled(1)).toEqual([['a', 'i', 1, outcome, ['child']]]);
});

test('a body that waits for another task lends its slot, also to that task', async () => {
  const gate = new Gate();
  const outer = async (self: TaskSelf & { readonly [INSIDE]: InsideTask }): Promise<string> => {
    self[INSIDE].called('inner-id');
    const end = self[INSIDE].wait();
    const inner = await gate.wait('inner has settled');
    end();
    end();
    await gate.wait('outer goes on');
    return inner;
  };
  const app = new FakeApp().task('outer', outer, { bind: true }).task('inner', () => 'inner');
  void make(app, { concurrency: 1, prefetch: 0 }).start();
  const { peer, hello } = await gateway.welcome();
  expect(hello.capacity).toBe(1);
  peer.assign(assignment('outer', [], { nonce: 'outer', id: 'outer-id' }));
  expect(await peer.next('capacity')).toBe(2);
  peer.assign(assignment('inner', [], { nonce: 'inner', id: 'inner-id' }));
  expect(await peer.settled(1)).toEqual([['inner', 'inner-id', 1, ['success', '"inner"']]]);
  gate.open('inner has settled');
  expect(await peer.next('capacity')).toBe(1);
  peer.assign(assignment('inner', [], { nonce: 'next' }));
  await gate.entered(2);
  gate.open('outer goes on');
  const [settled, next] = await peer.settled(2);
  expect(settled).toEqual(['outer', 'outer-id', 1, ['success', '"inner has settled"'], ['inner-id']]);
  expect(next?.[0]).toBe('next');
});

test('a body takes its slot back at once, and one that ends while it waits gives it back once', async () => {
  const gate = new Gate();
  const lend = async (self: TaskSelf & { readonly [INSIDE]: InsideTask }, label: string): Promise<string> => {
    const end = self[INSIDE].wait();
    await gate.wait(label);
    if (label === 'forgets') return label;
    end();
    return gate.wait(`${label} again`);
  };
  const hold = (label: string): Promise<string> => gate.wait(label);
  const app = new FakeApp().task('lend', lend, { bind: true }).task('hold', hold);
  void make(app, { concurrency: 1, prefetch: 5 }).start();
  const { peer } = await gateway.welcome();
  peer.assign(assignment('lend', ['lends']), assignment('hold', ['borrows']), assignment('hold', ['third']));
  await gate.entered(2);
  expect(gate.labels).toEqual(['lends', 'borrows']);
  gate.open('lends');
  await gate.entered(3);
  expect(gate.labels[2]).toBe('lends again');
  gate.open('borrows');
  await peer.settled(1);
  gate.open('lends again');
  await gate.entered(4);
  expect(gate.labels[3]).toBe('third');
  gate.open('third');
  await peer.settled(2);
  peer.assign(assignment('lend', ['forgets']));
  await gate.entered(5);
  gate.open('forgets');
  await peer.settled(1);
  peer.assign(assignment('hold', ['one']), assignment('hold', ['two']));
  await gate.entered(6);
  gate.open('one');
  await gate.entered(7);
  expect(gate.labels.slice(5)).toEqual(['one', 'two']);
  gate.open('two');
});

describe('abort', () => {
  test('gives back what has not started', async () => {
    const gate = new Gate();
    const hold = async (self: TaskSelf, label: string): Promise<string> => {
      self.signal.addEventListener('abort', () => gate.open(label));
      return gate.wait(label);
    };
    void make(new FakeApp().task('hold', hold, { bind: true }), { concurrency: 1 }).start();
    const { peer } = await gateway.welcome();
    peer.assign(...['a', 'b', 'c'].map((nonce) => assignment('hold', [nonce], { nonce })));
    await gate.entered(1);
    peer.send([
      'abort',
      [
        ['b', 'revoked', false, 0],
        ['a', 'revoked', false, 0],
      ],
    ]);
    await gate.entered(2);
    expect(gate.labels).toEqual(['a', 'c']);
    gate.open('c');
    await peer.settled(2);
    expect(await peer.next('release')).toEqual(['b']);
  });

  test('tells a running body why, and keeps its slot until it returns', async () => {
    const gate = new Gate();
    let reason: unknown;
    const stubborn = async (self: TaskSelf): Promise<string> => {
      self.signal.addEventListener('abort', () => gate.open('aborted'));
      await gate.wait('aborted');
      reason = self.signal.reason;
      await gate.wait('return');
      return 'late';
    };
    const app = new FakeApp().task('stubborn', stubborn, { bind: true }).task('next', () => 'next');
    void make(app, { concurrency: 1 }).start();
    const { peer } = await gateway.welcome();
    peer.assign(assignment('stubborn', [], { nonce: 'a' }), assignment('next', [], { nonce: 'b' }));
    expect(await peer.next('started')).toEqual(['a']);
    await gate.entered(1);
    peer.send(['abort', [['a', 'revoked', true, 0]]]);
    await gate.entered(2);
    expect(reason).toMatchObject({ name: 'TaskRevokedError', code: 'TASK_REVOKED' });
    expect(peer.unread('started')).toBe(0);
    gate.open('return');
    const settled = await peer.settled(2);
    expect(settled.map(([nonce]) => nonce)).toEqual(['a', 'b']);
  });
});

describe('a gateway that refuses', () => {
  test.each([
    [CLOSE.unauthenticated, 'UNAUTHENTICATED'],
    [CLOSE.forbidden, 'FORBIDDEN'],
    [CLOSE.unsupportedProtocol, 'UNSUPPORTED_PROTOCOL'],
    [CLOSE.badFrame, 'BAD_FRAME'],
  ])('with %i fails the start with %s', async (close, code) => {
    const worker = make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    const peer = await gateway.connection();
    await peer.next('hello');
    peer.send(['refused', { code, message: 'for a reason' }]);
    peer.close(close);
    await expect(started).rejects.toMatchObject({ name: 'RefusedError', code, message: 'for a reason' });
    await worker.stop();
    expect(worker.state).toBe('stopped');
  });

  test('because it shuts down is asked again', async () => {
    const started = make(new FakeApp().task('add', () => 0)).start();
    const peer = await gateway.connection();
    peer.close(CLOSE.shuttingDown);
    await gateway.welcome();
    await started;
  });

  test('a running worker for another one of its name stops it', async () => {
    const worker = make(new FakeApp().task('add', () => 0));
    const stopped = new Promise<void>((resolve) => worker.on('stopped', resolve));
    const refusals: string[] = [];
    worker.on('refused', ({ code }) => void refusals.push(code));
    void worker.start();
    const { peer } = await gateway.welcome();
    peer.close(CLOSE.replaced);
    await stopped;
    expect(refusals).toEqual(['REPLACED']);
  });

  test('a running worker for its token is asked again, with a new token', async () => {
    const tokens = ['old', 'new'];
    const worker = make(
      new FakeApp().task('add', () => 0),
      { token: () => tokens.shift() ?? null },
    );
    void worker.start();
    const first = await gateway.welcome();
    first.peer.close(CLOSE.unauthenticated);
    const second = await gateway.welcome();
    expect([first.hello.token, second.hello.token]).toEqual(['old', 'new']);
  });
});

test('a gateway that is not there yet is waited for', async () => {
  const { port } = gateway;
  const worker = make(new FakeApp().task('add', () => 0));
  await gateway.close();
  const started = worker.start();
  expect(worker.state).toBe('connecting');
  gateway = await FakeGateway.listen(port);
  await gateway.welcome();
  await started;
});

test('a malformed frame costs the gateway its connection, and the worker nothing', async () => {
  void make(new FakeApp().task('add', () => 0)).start();
  const { peer } = await gateway.welcome();
  peer.sendText('["assign",[["a"]]]');
  const { hello } = await gateway.welcome({ resumed: true });
  expect(hello.session).toBe('session-1');
});

describe('usage', () => {
  test('only an app can be hosted', () => {
    expect(() => createWorker({})).toThrow('expected an app made by `new Celeriac()`');
    expect(() => createWorker([])).toThrow('expected at least one app');
    expect(() => createWorker(new FakeApp({}, { min: 8, max: 9 }))).toThrow(
      'speaks protocol 8 to 9, this worker 1 to 1',
    );
  });

  test('a worker starts once', async () => {
    const worker = make(new FakeApp().task('add', () => 0));
    void worker.start();
    await gateway.welcome();
    await expect(worker.start()).rejects.toThrow('a worker starts once');
  });

  test('two apps cannot share the name of a task', async () => {
    const worker = make([new FakeApp().task('add', () => 0), new FakeApp().task('add', () => 1)]);
    await expect(worker.start()).rejects.toThrow("two apps have a task named 'add'");
  });

  test('a worker stopped before it was welcomed did not start', async () => {
    const worker = make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    await worker.stop();
    await expect(started).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
