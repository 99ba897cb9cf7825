import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeApp } from '../../test/fake-app.ts';
import { FakeGateway } from '../../test/fake-gateway.ts';
import { createWorker, type Worker } from '../worker.ts';

let gateway: FakeGateway;
let lines: Readonly<Record<string, unknown>>[];
let worker: Worker;
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  lines = [];
  const app = new FakeApp()
    .task('add', (x: number, y: number) => x + y)
    .task('fail', () => {
      throw new RangeError('no');
    });
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) });
  worker = createWorker(app, { gateway: gateway.url, log });
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

test('a worker tells of its life and its tasks', async () => {
  const told: unknown[] = [];
  for (const event of ['ready', 'taskStart', 'taskEnd', 'shutdown', 'stopped'] as const)
    worker.on(event, (...facts: readonly unknown[]) => told.push([event, ...facts]));
  void worker.start();
  const { peer } = await gateway.welcome();
  peer.assign(assignment('add', [1, 1], { id: 'a' }), assignment('fail', [], { id: 'b', queue: 'media' }));
  await peer.settled(2);
  await worker.stop();
  const add = { id: 'a', name: 'add', queue: 'default', attempt: 1 };
  const fail = { id: 'b', name: 'fail', queue: 'media', attempt: 1 };
  expect(told).toEqual([
    ['ready', { resumed: false }],
    ['taskStart', add],
    ['taskEnd', { ...add, outcome: 'success' }],
    ['taskStart', fail],
    ['taskEnd', { ...fail, outcome: 'failure' }],
    ['shutdown', { why: 'stopped' }],
    ['stopped'],
  ]);
});

test('a listener that throws is logged, and the task ends as it did; one that was taken off hears nothing', async () => {
  const off = worker.on('taskStart', () => lines.push({ msg: 'still here' }));
  off();
  off();
  worker.on('taskStart', () => lines.push({ msg: 'still here' }), { signal: AbortSignal.abort() });
  expect(() => Reflect.apply(worker.on, worker, ['taskBegin', () => {}])).toThrow("no event 'taskBegin'");
  worker.on('taskStart', () => {
    throw new TypeError('mine');
  });
  void worker.start();
  const { peer } = await gateway.welcome();
  peer.assign(assignment('add', [1, 1]));
  expect((await peer.settled(1))[0]?.[3]).toEqual(['success', '2']);
  expect(lines).toMatchObject([{ event: 'taskStart', msg: 'a listener of the worker failed' }]);
});
