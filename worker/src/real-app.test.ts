/** The contract of hosting, kept by the real client. */
import { Celeriac, currentTask, Ignore, Reject, Retry } from '@celeriac/client';
import { decodeFailure } from '@celeriac/protocol/internal';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeGateway, type Peer } from '../test/fake-gateway.ts';
import { createWorker, type Worker } from './index.ts';
import { findApps } from './registry/registry.ts';

const app = new Celeriac();
app.task('add', (x: number, y: number) => x + y);
app.task('named', { bind: true }, async (self, label: string) => {
  await Promise.resolve();
  return [self.name, currentTask()?.request.id === self.request.id, label];
});
app.task('again', { bind: true }, (self) => self.retry({ countdown: 2, maxRetries: null }));
app.task('thrown', () => {
  throw new Retry({ countdown: '1s' });
});
app.task('ignored', () => {
  throw new Ignore();
});
app.task('rejected', () => {
  throw new Reject('not mine', { requeue: true });
});
app.task('flaky', { autoretryFor: [RangeError] }, () => {
  throw new RangeError('out');
});

let gateway: FakeGateway;
let worker: Worker;
let peer: Peer;
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  worker = createWorker(findApps({ app }), { gateway: gateway.url, log: pino({ level: 'silent' }) });
  void worker.start();
  ({ peer } = await gateway.welcome());
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

test.each([
  ['add', [2, 3], ['success', '5']],
  ['named', ['x'], ['success', '["named",true,"x"]']],
  ['again', [], ['retry', expect.any(String), expect.any(String), 2_000, null, null]],
  ['thrown', [], ['retry', expect.any(String), expect.any(String), 1_000, 'task', null]],
  ['ignored', [], ['ignored']],
  ['rejected', [], ['rejected', expect.any(String), true]],
  ['flaky', [], ['retry', expect.any(String), expect.any(String), null, 'task', null]],
])('%s%j', async (name, args, outcome) => {
  peer.assign(assignment(name, args));
  const [settled] = await peer.settled(1);
  expect(settled?.[3]).toEqual(outcome);
});

test('a wrong number of arguments names the place of the definition', async () => {
  peer.assign(assignment('add', [2]));
  const [settled] = await peer.settled(1);
  const [kind, error] = settled?.[3] ?? [];
  const failure = decodeFailure(typeof error === 'string' ? error : '');
  expect([kind, failure.name, failure.message]).toEqual([
    'failure',
    'TypeError',
    'add() takes exactly 2 arguments (1 given)',
  ]);
  expect(failure.traceback?.split('\n')[1]).toMatch(/real-app\.test\.ts:12:/);
});
