import { getEventListeners } from 'node:events';
import type { TaskSelf } from '@celeriac/client';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { FakeGateway, type Peer } from '../test/fake-gateway.ts';
import { Gate } from '../test/gate.ts';
import type { WorkerOptions } from './options.ts';
import { createWorker, type Worker } from './worker.ts';

let gateway: FakeGateway;
let gate: Gate;
let app: FakeApp;
let reasons: unknown[];
let worker: Worker;
let peer: Peer;
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  gate = new Gate();
  reasons = [];
  const hold = async (self: TaskSelf, label: string): Promise<string> => {
    self.signal.addEventListener('abort', () => reasons.push(self.signal.reason.code));
    return gate.wait(label);
  };
  app = new FakeApp().task('hold', hold, { bind: true });
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

/** One body is running, one attempt waits for its slot. */
async function begin(options: WorkerOptions = {}): Promise<void> {
  const log = pino({ level: 'silent' });
  worker = createWorker(app, { gateway: gateway.url, log, concurrency: 1, ...options });
  void worker.start();
  ({ peer } = await gateway.welcome());
  peer.assign(
    assignment('hold', ['a'], { nonce: 'a', id: 'task-a' }),
    assignment('hold', ['b'], { nonce: 'b', id: 'task-b' }),
  );
  await gate.entered(1);
  await peer.next('started');
}

test('stop gives back what waits, lets what runs end, and leaves', async () => {
  await begin();
  const stopped = worker.stop();
  expect(worker.state).toBe('stopping');
  expect(await peer.next('release')).toEqual(['b']);
  expect(await peer.next('capacity')).toBe(0);
  gate.open('a');
  expect(await peer.settled(1)).toEqual([['a', 'task-a', 1, ['success', '"a"']]]);
  await stopped;
  expect(await peer.closed).toBe(1000);
  expect(peer.frames.at(-1)).toEqual(['bye', null]);
  expect([worker.state, reasons, app.closed]).toEqual(['stopped', [], 1]);
});

test('a worker that has stopped leaves no listener on a signal', async () => {
  await begin();
  const { signal } = new AbortController();
  const told: string[] = [];
  worker.on('stopped', () => told.push('stopped'), { signal });
  await worker.stop({ now: true });
  expect([told, getEventListeners(signal, 'abort')]).toEqual([['stopped'], []]);
});

test('stop refuses what is no option of it, and the worker goes on', async () => {
  await begin();
  const stop = (...given: unknown[]): Promise<unknown> => Reflect.apply(worker.stop, worker, given);
  await expect(stop({ noww: true })).rejects.toThrow("stop() has no option 'noww'; did you mean 'now'?");
  await expect(stop({ now: 'yes' })).rejects.toThrow("expected now to be true or false, got: 'yes'");
  await expect(stop(5)).rejects.toThrow('expected the options of stop() to be an object, got: 5');
  expect(worker.state).toBe('ready');
});

test('what is assigned while the worker stops goes back at once', async () => {
  await begin();
  void worker.stop();
  await peer.next('release');
  peer.assign(assignment('hold', ['late'], { nonce: 'late' }));
  expect(await peer.next('release')).toEqual(['late']);
  gate.open('a');
});

test('a task that outlasts the timeout is given back and aborted; how it ends is not reported', async () => {
  await begin({ shutdownTimeout: '20ms' });
  const stopped = worker.stop();
  expect(await peer.next('release')).toEqual(['b']);
  expect(await peer.next('release')).toEqual(['a']);
  gate.open('a');
  await stopped;
  await peer.closed;
  expect(reasons).toEqual(['WORKER_SHUTDOWN']);
  expect(peer.frames.map(([type]) => type)).not.toContain('settled');
});

test('what may run only once is not given back once it runs', async () => {
  await begin({ shutdownTimeout: 0, concurrency: 2 });
  await gate.entered(2);
  peer.assign(assignment('hold', ['once'], { nonce: 'once', awaitStart: true }));
  gate.open('b');
  expect(await peer.next('started')).toEqual(['once']);
  peer.send(['startedAcks', [['once', 'ok']]]);
  await gate.entered(3);
  void worker.stop();
  expect(await peer.next('release')).toEqual(['a']);
  await peer.closed;
});

test('a second stop, with now, shortens the first', async () => {
  await begin({ shutdownTimeout: '1h' });
  const stopped = worker.stop();
  await peer.next('release');
  void worker.stop({ now: true });
  expect(await peer.next('release')).toEqual(['a']);
  await stopped;
  expect(reasons).toEqual(['WORKER_SHUTDOWN']);
});

test('a signal hurries a stop that waits, and one that is aborted begins with haste', async () => {
  await begin();
  const controller = new AbortController();
  const { signal } = controller;
  const stopping = worker.stop({ signal });
  expect(await peer.next('release')).toEqual(['b']);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  controller.abort();
  expect(await peer.next('release')).toEqual(['a']);
  gate.open('a');
  await stopping;
  expect(reasons).toEqual(['WORKER_SHUTDOWN']);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(worker.state).toBe('stopped');
});

test('a stop with a signal that is aborted already gives all back at once', async () => {
  await begin();
  const stopping = worker.stop({ signal: AbortSignal.abort() });
  expect(await peer.next('release')).toEqual(['b', 'a']);
  gate.open('a');
  await stopping;
  await expect(worker.stop(JSON.parse('{"signal":1}'))).rejects.toMatchObject({ option: 'signal' });
});

test('the end of its scope stops a worker as stop() does', async () => {
  await begin();
  gate.open('a');
  gate.open('b');
  await worker[Symbol.asyncDispose]();
  expect(worker.state).toBe('stopped');
});

test('a start that is aborted stops the worker, and rejects with the reason', async () => {
  const reason = new Error('enough');
  worker = createWorker(app, { gateway: 'http://127.0.0.1:9', log: pino({ level: 'silent' }) });
  await expect(worker.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(worker.state).toBe('idle');
  const controller = new AbortController();
  const starting = worker.start({ signal: controller.signal });
  controller.abort(reason);
  await expect(starting).rejects.toBe(reason);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  await worker.stop();
  expect(worker.state).toBe('stopped');
});

test('waits for the ack of what it has reported', async () => {
  gateway.acks = false;
  await begin();
  const stopped = worker.stop();
  gate.open('a');
  const settled = await peer.settled(1);
  expect([worker.state, peer.unread('bye')]).toEqual(['stopping', 0]);
  peer.ack(settled);
  await stopped;
  expect(await peer.closed).toBe(1000);
});

test('a worker that never started stops', async () => {
  worker = createWorker(app, { gateway: gateway.url });
  await worker.stop();
  expect(worker.state).toBe('stopped');
});
