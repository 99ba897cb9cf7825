/** What a worker that has stopped leaves behind: nothing that would act later. */

import { systemClock } from '@celeriac/runtime';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { FakeGateway } from '../test/fake-gateway.ts';
import { Gate } from '../test/gate.ts';
import type { WorkerOptions } from './options.ts';
import { createWorker, type Worker } from './worker.ts';

/** Beside real sockets: time moves by hand, and the turns of the event loop are its own. */
class TurningClock extends ManualClock {
  override soon(callback: () => void): void {
    systemClock.soon(callback);
  }
}

let clock: TurningClock;
let gateway: FakeGateway;
let gate: Gate;
let worker: Worker;
beforeEach(async () => {
  clock = new TurningClock();
  gateway = await FakeGateway.listen();
  gate = new Gate();
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

function made(options: WorkerOptions = {}): Worker {
  const hold = (label: string): Promise<string> => gate.wait(label);
  const app = new FakeApp()
    .task('hold', hold)
    .task('handled', () => 1, { handlers: { onSuccess: () => gate.wait('handler') as Promise<never> } });
  const log = pino({ level: 'silent' });
  worker = createWorker(app, { gateway: gateway.url, log, clock, ...options });
  void worker.start().catch(() => undefined);
  return worker;
}

test('a worker that has stopped in its time has no timer left', async () => {
  made({ token: async () => 'token', autoscale: [1, 9] });
  const { peer } = await gateway.welcome({ tokenExpiresInMs: 60_000 });
  peer.assign(assignment('hold', ['a'], { timeLimitMs: 60_000, softTimeLimitMs: 30_000 }));
  await gate.entered(1);
  const stopped = worker.stop();
  gate.open('a');
  await stopped;
  expect(clock.timers).toBe(0);
});

test('nor has one that was in a hurry, though bodies and handlers go on', async () => {
  made({ concurrency: 2 });
  const { peer } = await gateway.welcome();
  peer.assign(
    assignment('hold', ['a'], { timeLimitMs: 60_000, softTimeLimitMs: 30_000 }),
    assignment('handled'),
  );
  await gate.entered(2);
  expect(clock.timers).toBeGreaterThan(3);
  await worker.stop({ now: true });
  expect(clock.timers).toBe(0);
});

test('nor has one whose gateway was away, or refused it', async () => {
  made();
  const peer = await gateway.connection();
  await peer.next('hello');
  peer.close(1013);
  await peer.closed;
  await worker.stop();
  expect(clock.timers).toBe(0);
  made();
  const other = await gateway.connection();
  await other.next('hello');
  other.refuse('UNAUTHENTICATED', 'no');
  await other.closed;
  await worker.stop();
  expect(clock.timers).toBe(0);
});
