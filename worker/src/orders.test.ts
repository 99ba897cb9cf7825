/** What the gateway may tell a worker to do, and what a heartbeat tells of it. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { FakeGateway, type Peer } from '../test/fake-gateway.ts';
import { Gate } from '../test/gate.ts';
import { createWorker, type Worker } from './worker.ts';

const HEARTBEAT_MS = 20;

let gateway: FakeGateway;
let gate: Gate;
let worker: Worker;
let peer: Peer;
/** One body runs, one attempt waits for its slot. */
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  gate = new Gate();
  const app = new FakeApp().task('hold', (label: string) => gate.wait(label));
  const log = pino({ level: 'silent' });
  worker = createWorker(app, { gateway: gateway.url, log, concurrency: 1, prefetch: 1, random: () => 0.99 });
  void worker.start();
  ({ peer } = await gateway.welcome({ heartbeatMs: HEARTBEAT_MS }));
  give('a', 'b');
  await gate.entered(1);
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

function give(...labels: readonly string[]): void {
  peer.assign(...labels.map((label) => assignment('hold', [label], { nonce: label, id: `task-${label}` })));
}

async function nextBeat(): Promise<unknown> {
  return peer.beat(peer.beats.length + 1);
}

test('a heartbeat tells how the worker does', async () => {
  expect(await nextBeat()).toMatchObject({ running: 1, waiting: 1, concurrency: 1, takes: true });
  const { rssBytes, lagMs, cpuPercent } = await peer.beat(1);
  expect(rssBytes).toBeGreaterThan(1_000_000);
  expect([lagMs, cpuPercent].every((fact) => Number.isInteger(fact) && fact >= 0)).toBe(true);
});

test('drained, it gives back what waits and what comes, and goes on with what runs', async () => {
  peer.order(['drain']);
  expect(await peer.next('release')).toEqual(['b']);
  expect(await peer.next('capacity')).toBe(0);
  give('late');
  expect(await peer.next('release')).toEqual(['late']);
  expect(await nextBeat()).toMatchObject({ running: 1, waiting: 0, takes: false });
  gate.open('a');
  expect(await peer.settled(1)).toEqual([['a', 'task-a', 1, ['success', '"a"']]]);
  expect(worker.state).toBe('ready');
});

test('resumed, it takes tasks again', async () => {
  peer.order(['drain']);
  expect(await peer.next('capacity')).toBe(0);
  peer.order(['resume']);
  expect(await peer.next('capacity')).toBe(2);
  give('c');
  gate.open('a');
  await gate.entered(2);
  expect(await nextBeat()).toMatchObject({ running: 1, takes: true });
});

test('drained, it stays so on another connection', async () => {
  peer.order(['drain']);
  await peer.next('capacity');
  peer.cut();
  const { hello } = await gateway.welcome({ resumed: true });
  expect(hello).toMatchObject({ capacity: 0, concurrency: 1 });
});

test('what it was told is done in a heartbeat out of turn', async () => {
  peer.cut();
  const { peer: again } = await gateway.welcome({ resumed: true, heartbeatMs: 60_000 });
  again.order(['concurrency', 3]);
  expect(await again.beat(1)).toMatchObject({ concurrency: 3, takes: true });
  again.order(['drain']);
  expect(await again.beat(2)).toMatchObject({ concurrency: 3, takes: false });
});

test('enlarged, it runs more at the same time', async () => {
  peer.order(['concurrency', 3]);
  expect(await peer.next('capacity')).toBe(4);
  await gate.entered(2);
  give('c');
  await gate.entered(3);
  expect(await nextBeat()).toMatchObject({ running: 3, waiting: 0, concurrency: 3 });
  expect(worker.concurrency).toBe(3);
});

test('made smaller, it ends what it runs, and gives back what waits', async () => {
  peer.order(['concurrency', 2]);
  await gate.entered(2);
  give('c');
  await nextBeat();
  peer.order(['concurrency', 1]);
  expect(await peer.next('release')).toEqual(['c']);
  expect(await nextBeat()).toMatchObject({ running: 2, waiting: 0, concurrency: 1 });
  give('d');
  gate.open('a');
  await peer.settled(1);
  expect(await nextBeat()).toMatchObject({ running: 1, waiting: 1 });
  gate.open('b');
  await gate.entered(3);
});

test('told to shut down, it ends as after a signal', async () => {
  const reasons: string[] = [];
  worker.on('shutdown', ({ why }) => reasons.push(why));
  peer.order(['shutdown']);
  expect(await peer.next('release')).toEqual(['b']);
  expect(await peer.next('capacity')).toBe(0);
  expect(worker.state).toBe('stopping');
  peer.order(['resume']);
  give('late');
  expect(await peer.next('release')).toEqual(['late']);
  gate.open('a');
  expect(await peer.closed).toBe(1000);
  expect(reasons).toEqual(['ordered']);
});
