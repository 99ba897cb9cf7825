import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { HandGateway } from '../../test/hand-gateway.ts';
import { backoffMs } from './dialer.ts';
import { Session, type SessionListener } from './session.ts';

const HEARTBEAT_MS = 1_000;
const VITALS = {
  running: 0,
  waiting: 0,
  concurrency: 1,
  takes: true,
  lagMs: 0,
  rssBytes: 0,
  cpuPercent: 0,
};
const LISTENER: SessionListener = {
  greet: () => ({
    name: 'w',
    bootId: 'boot',
    version: '1',
    ageMs: 0,
    pool: 'inline',
    concurrency: 1,
    queues: ['default'],
    weights: [],
    held: [],
    host: 'here',
    pid: 1,
    definitions: [],
    appOptions: {},
    capacity: 1,
    frameLimit: 1_000,
  }),
  vitals: () => VITALS,
  welcomed: () => undefined,
  received: () => undefined,
  lost: () => undefined,
  leaseLost: () => undefined,
};

let clock: ManualClock;
let gateway: HandGateway;
let session: Session;
beforeEach(async () => {
  clock = new ManualClock();
  gateway = new HandGateway();
  session = new Session(
    {
      url: 'ws://gateway/worker',
      token: null,
      clock,
      random: () => 0,
      log: pino({ level: 'silent' }),
      lagged: () => undefined,
      refused: () => true,
      openSocket: gateway.openSocket,
    },
    LISTENER,
  );
  session.open();
  await clock.advance(0);
});

/** @returns how long it waits until it dials again */
async function hangUp(): Promise<number> {
  const at = clock.monotonic();
  const { dials } = gateway;
  gateway.hangUp();
  while (gateway.dials === dials) await clock.advance(10);
  return clock.monotonic() - at;
}

test('a worker waits longer each time, until a connection has proved itself by an answered heartbeat', async () => {
  expect([await hangUp(), await hangUp(), await hangUp()]).toEqual([100, 200, 400]);
  gateway.welcome({ heartbeatMs: HEARTBEAT_MS });
  expect(session.up).toBe(true);
  expect(await hangUp()).toBe(800);
  gateway.welcome({ heartbeatMs: HEARTBEAT_MS });
  await clock.advance(HEARTBEAT_MS);
  expect(gateway.frames.at(-1)?.[0]).toBe('beat');
  gateway.say(['beat', 1]);
  expect([await hangUp(), await hangUp()]).toEqual([100, 200]);
});

test('a session that ends dials no more and leaves no timer', async () => {
  gateway.welcome();
  const closed = session.close();
  gateway.hangUp();
  await closed;
  await clock.advance(60_000);
  expect([gateway.dials, gateway.frames.at(-1)?.[0], session.up]).toEqual([1, 'bye', false]);
  expect(clock.timers).toBe(0);
  await session.close();
});

test('doubles from 100 ms to 2 s, less up to half', () => {
  expect([1, 2, 3, 4, 5, 6, 1_000].map((tries) => backoffMs(tries, 0))).toEqual([
    100, 200, 400, 800, 1_600, 2_000, 2_000,
  ]);
  expect(backoffMs(1, 0.999)).toBe(50);
  expect(backoffMs(50, 0.5)).toBe(1_500);
});
