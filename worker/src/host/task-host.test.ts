import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { HandGateway } from '../../test/hand-gateway.ts';
import { HandRun } from '../../test/test-attempts.ts';
import { FixedPrefetch } from '../attempts/prefetch.ts';
import { LifeEvents } from '../life/events.ts';
import { TaskHost } from './task-host.ts';

const LOG = pino({ level: 'silent' });

let clock: ManualClock;
let gateway: HandGateway;
let runs: HandRun[];
let host: TaskHost;
/** Its pool is ready. */
let ready: () => void;
beforeEach(() => {
  clock = new ManualClock();
  gateway = new HandGateway();
  runs = [];
  host = new TaskHost({
    name: 'w',
    bootId: 'boot',
    url: 'ws://gateway/worker',
    token: null,
    clock,
    random: () => 0,
    log: LOG,
    queues: ['default'],
    concurrency: 1,
    autoscale: [1, 4],
    prefetch: new FixedPrefetch(2),
    handlerTimeoutMs: 0,
    registry: { tasks: new Map(), definitions: [], appOptions: {} },
    pool: {
      kind: 'inline',
      rssBytes: 0,
      start: (given) => {
        ready = given;
      },
      resize: () => undefined,
      prepare: ([nonce], reports) => {
        const run = new HandRun(nonce, reports, true);
        runs.push(run);
        return run;
      },
      stop: async () => undefined,
      kill: () => undefined,
    },
    openSocket: gateway.openSocket,
    life: new LifeEvents(LOG),
    lagged: () => undefined,
    refused: () => true,
    shutdown: () => undefined,
  });
  host.start();
});

/** One body runs, and two attempts wait. */
async function begin(): Promise<void> {
  ready();
  await clock.advance(0);
  gateway.welcome();
  gateway.say(['assign', [assignment('work'), assignment('work'), assignment('work')]]);
  await clock.advance(0);
  expect(runs).toHaveLength(1);
}

test('the gateway is not dialled before the pool is ready, nor by a worker that is stopping by then', async () => {
  await clock.advance(60_000);
  expect(gateway.dials).toBe(0);
  host.drain();
  ready();
  await clock.advance(60_000);
  expect(gateway.dials).toBe(0);
});

describe('what follows the load', () => {
  beforeEach(async () => {
    await begin();
    await clock.advance(1_000);
    expect([host.concurrency, runs.length]).toEqual([2, 2]);
  });

  test('ends when an operator asks for a number', async () => {
    gateway.say(['order', ['concurrency', 1]]);
    await clock.advance(5_000);
    expect(host.concurrency).toBe(1);
  });

  test('ends with the worker', async () => {
    host.drain();
    await clock.advance(60_000);
    expect(host.concurrency).toBe(2);
  });
});

test('an attempt that comes twice, in one frame or two, runs once', async () => {
  await begin();
  const again = assignment('work', [], { nonce: 'again' });
  gateway.say(['order', ['concurrency', 10]]);
  gateway.say(['assign', [again, again]]);
  await clock.advance(0);
  gateway.say(['assign', [again]]);
  await clock.advance(0);
  expect(runs.filter(({ nonce }) => nonce === 'again')).toHaveLength(1);
});

describe('what is over is said to no other connection', () => {
  let frames: number;
  beforeEach(async () => {
    await begin();
    runs[0]?.reports.progress('P', '1');
    runs[0]?.reports.emit('"c"');
    host.drain();
    await clock.advance(0);
  });
  async function reconnect(): Promise<readonly string[]> {
    gateway.hangUp();
    await clock.advance(1_000);
    frames = gateway.frames.length;
    gateway.welcome();
    await clock.advance(0);
    return gateway.frames.slice(frames).map(([type]) => type);
  }

  test('what is held is, and what ended without an ack', async () => {
    expect(await reconnect()).toEqual(['hello', 'chunks']);
    runs[0]?.settle();
    expect(await reconnect()).toEqual(['hello', 'chunks', 'progress', 'settled']);
  });

  test('what was recorded', async () => {
    runs[0]?.settle();
    await clock.advance(0);
    gateway.say(['acks', [[runs[0]?.nonce ?? '', 'applied']]]);
    expect(host.remains.get()).toEqual({ running: 0, unacked: 1 });
    await clock.advance(0);
    expect(host.remains.get()).toEqual({ running: 0, unacked: 0 });
    expect(await reconnect()).toEqual(['hello']);
  });

  test('what was given back', async () => {
    host.giveBackRunning();
    await clock.advance(0);
    expect(await reconnect()).toEqual(['hello']);
  });
});
