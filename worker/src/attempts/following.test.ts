import { SIGNAL } from '@celeriac/client/hosting';
import type { SettledItem } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeApp, type FakeTask } from '../../test/fake-app.ts';
import type { Peer } from '../../test/fake-gateway.ts';
import { Gate } from '../../test/gate.ts';
import { Workplace } from '../../test/workplace.ts';
import type { WorkerOptions } from '../options.ts';
import type { Worker } from '../worker.ts';

let place: Workplace;
let gate: Gate;
let worker: Worker;
beforeEach(async () => {
  place = await Workplace.open();
  place.gateway.acks = false;
  gate = new Gate();
});
afterEach(() => place.close());

const after: NonNullable<FakeTask['handlers']> = { onSuccess: () => gate.wait('handler') };

async function begin(options: WorkerOptions = {}, task: FakeTask = {}): Promise<Peer> {
  const app = new FakeApp()
    .task('tells', () => 'done', { handlers: after, ...task })
    .task('quick', () => 'quick');
  worker = place.make(app, { concurrency: 1, prefetch: 0, ...options });
  void worker.start();
  const { peer, hello } = await place.gateway.welcome();
  expect(hello.capacity).toBe(options.concurrency ?? 1);
  return peer;
}

/** Its body has ended. */
async function settle(peer: Peer): Promise<readonly SettledItem[]> {
  peer.assign(assignment('tells'));
  const settled = await peer.settled(1);
  expect(settled).toMatchObject([[expect.any(String), expect.any(String), 1, ['success', '"done"']]]);
  return settled;
}

describe('handlers after a body', () => {
  test('are called when its outcome is recorded, and keep its slot until they have ended', async () => {
    const peer = await begin();
    const settled = await settle(peer);
    expect(await peer.next('capacity')).toBe(0);
    peer.assign(assignment('quick'));
    expect(gate.labels).toEqual([]);
    peer.ack(settled);
    await gate.entered(1);
    expect(worker.state).toBe('ready');
    gate.open('handler');
    expect(await peer.next('capacity')).toBe(1);
    expect((await peer.settled(1))[0]?.[3]).toEqual(['success', '"quick"']);
  });

  test('are called once the outcome has been recorded after a reconnect', async () => {
    const peer = await begin();
    await settle(peer);
    peer.cut();
    const { peer: again, hello } = await place.gateway.welcome({ resumed: true });
    expect(hello.capacity).toBe(0);
    again.ack(await again.settled(1), 'duplicate');
    await gate.entered(1);
    gate.open('handler');
    expect(await again.next('capacity')).toBe(1);
  });

  test.each(['stale', 'unknown'] as const)('are not called where it was refused: %s', async (verdict) => {
    const peer = await begin();
    const settled = await settle(peer);
    expect(await peer.next('capacity')).toBe(0);
    peer.ack(settled, verdict);
    expect(await peer.next('capacity')).toBe(1);
    expect(gate.labels).toEqual([]);
  });

  test.each<[string, WorkerOptions, FakeTask]>([
    ['the worker', { handlerTimeout: '20ms' }, {}],
    ['their task', {}, { handlerTimeoutMs: 20 }],
  ])('give their slot back when they take longer than %s allows', async (_, options, task) => {
    const peer = await begin(options, task);
    const settled = await settle(peer);
    expect(await peer.next('capacity')).toBe(0);
    peer.ack(settled);
    expect(await peer.next('capacity')).toBe(1);
    expect(gate.labels).toEqual(['handler']);
    peer.assign(assignment('quick'));
    expect((await peer.settled(1))[0]?.[3]).toEqual(['success', '"quick"']);
    gate.open('handler');
  });

  test('are waited for by a worker that stops', async () => {
    const peer = await begin();
    const settled = await settle(peer);
    const stopped = worker.stop();
    peer.ack(settled);
    await gate.entered(1);
    expect([worker.state, peer.unread('bye')]).toEqual(['stopping', 0]);
    gate.open('handler');
    await stopped;
    expect(await peer.closed).toBe(1000);
  });

  test('are not waited for longer than the worker waits, nor given back', async () => {
    const peer = await begin({ shutdownTimeout: '20ms' });
    peer.ack(await settle(peer));
    await gate.entered(1);
    await worker.stop();
    await peer.closed;
    expect(peer.unread('release')).toBe(0);
  });

  test('of an outcome that is not recorded in time are not called by a worker that stops, and the log tells', async () => {
    const lines: Readonly<Record<string, unknown>>[] = [];
    const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const peer = await begin({ log });
    const settled = await settle(peer);
    const stopped = worker.stop({ now: true });
    peer.ack(settled);
    await stopped;
    expect(gate.labels).toEqual([]);
    expect(lines).toMatchObject([
      { task: 'tells', id: settled[0]?.[1], why: expect.stringContaining('not called') },
    ]);
  });

  test('that nobody lets begin keep a worker no longer than its reports do', async () => {
    const clock = new ManualClock();
    const peer = await begin({ clock, shutdownTimeout: '1h' });
    peer.assign(assignment('tells'));
    const turn = async (ms: number): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(ms);
    };
    while (peer.unread('settled') === 0) await turn(0);
    let ended = false;
    void worker.stop().then(() => {
      ended = true;
    });
    peer.cut();
    await peer.closed;
    for (let ms = 0; ms < 8_000; ms += 500) await turn(500);
    expect([ended, gate.labels]).toEqual([true, []]);
  });

  test('are not called where the gateway could not be told the outcome that the body had', async () => {
    let peer = await begin();
    await settle(peer);
    peer.refuse('BAD_FRAME', 'expected a known outcome');
    ({ peer } = await place.gateway.welcome({ resumed: true }));
    await peer.settled(1);
    peer.refuse('BAD_FRAME', 'expected a known outcome');
    const { peer: last, hello } = await place.gateway.welcome({ resumed: true });
    expect(hello.capacity).toBe(1);
    const failed = await last.settled(1);
    expect(failed[0]?.[3][0]).toBe('failure');
    last.ack(failed);
    last.assign(assignment('quick'));
    await last.settled(1);
    expect(gate.labels).toEqual([]);
  });

  test('also follow a retry', async () => {
    const retry = (): never => {
      throw Object.assign(new Error('again'), { [SIGNAL]: { kind: 'retry', exc: null, countdownMs: 0 } });
    };
    const app = new FakeApp().task('tries', retry, { handlers: { onRetry: () => gate.wait('onRetry') } });
    void place.make(app).start();
    const { peer } = await place.gateway.welcome();
    peer.assign(assignment('tries'));
    const settled = await peer.settled(1);
    expect(settled[0]?.[3][0]).toBe('retry');
    peer.ack(settled);
    await gate.entered(1);
    gate.open('onRetry');
  });
});
