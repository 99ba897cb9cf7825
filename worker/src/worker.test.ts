import type { TaskSelf } from '@celeriac/client';
import { INSIDE, type InsideTask, SIGNAL, type TaskSignal } from '@celeriac/client/hosting';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { Gate } from '../test/gate.ts';
import { Workplace } from '../test/workplace.ts';
import { createWorker } from './worker.ts';

let place: Workplace;
beforeEach(async () => {
  place = await Workplace.open();
});
afterEach(() => place.close());

test('runs what it is assigned: started, then settled, each in one frame', async () => {
  const worker = place.make(new FakeApp().task('add', (x: number, y: number) => x + y));
  const started = worker.start();
  const { peer } = await place.gateway.welcome();
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
  const worker = place.make(app, {
    queues: { a: 2, b: 1 },
    concurrency: 3,
    prefetch: 5,
    name: 'w1',
    token: () => 'secret',
  });
  void worker.start();
  const { hello } = await place.gateway.welcome();
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
  expect(app.homes).toMatchObject([{ url: place.gateway.url }]);
  expect(worker.tasks).toEqual(['add']);
});

test('progress is reported while the body runs, the latest of each turn', async () => {
  const gate = new Gate();
  const body = async (self: TaskSelf): Promise<void> => {
    for (let done = 0; done <= 50; done += 10) self.updateState({ state: 'PROGRESS', meta: { done } });
    await gate.wait('a');
  };
  void place.make(new FakeApp().task('encode', body, { bind: true })).start();
  const { peer } = await place.gateway.welcome();
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
  void place.make(app).start();
  const { peer } = await place.gateway.welcome();
  const context = { prepend: ['1', '"2"'], rootId: 'root', parentId: 'parent', headers: '{"a":1}' };
  const shown = { shadow: 'shown', argsRepr: '(…)', timeLimitMs: 2_000, softTimeLimitMs: 1_000 };
  peer.assign(assignment('again', [3], { nonce: 'a', id: 'i', ...context, ...shown }));
  const args = '[1,"2",3,"root","parent",{"a":1}]';
  const outcome = ['retry', expect.any(String), expect.any(String), 0, 'task', args];
  expect(await peer.settled(1)).toEqual([['a', 'i', 1, outcome, ['child']]]);
});

describe('usage', () => {
  test('only an app can be hosted', () => {
    expect(() => createWorker({})).toThrow(
      'expected an app made by `new Celeriac()`, as in createWorker(app, options), got: an object',
    );
    expect(() => createWorker([])).toThrow('expected at least one app');
    expect(() => createWorker(new FakeApp({}, { min: 8, max: 9 }))).toThrow(
      'speaks protocol 8 to 9, this worker 1 to 1',
    );
  });

  test('a worker can be started only once', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    void worker.start();
    await place.gateway.welcome();
    await expect(worker.start()).rejects.toThrow('a worker can be started only once');
  });

  test('two apps cannot share the name of a task', async () => {
    const worker = place.make([new FakeApp().task('add', () => 0), new FakeApp().task('add', () => 1)]);
    await expect(worker.start()).rejects.toThrow("two apps have a task named 'add'");
  });

  test('a worker stopped before it was welcomed did not start', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const started = worker.start();
    await worker.stop();
    await expect(started).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
