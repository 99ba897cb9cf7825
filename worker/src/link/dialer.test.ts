import { type GatewayWorkerFrame, PAYLOAD_LIMIT, type WorkerFrame } from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { SocketListener } from './gateway-socket.ts';
import { Session, type SessionListener } from './session.ts';

const HEARTBEAT_MS = 1_000;
const GREETING: ReturnType<SessionListener['greet']> = {
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
};

let clock: ManualClock;
let dials: number[];
let written: WorkerFrame[];
let socket: SocketListener | undefined;
let session: Session;
beforeEach(async () => {
  clock = new ManualClock();
  dials = [];
  written = [];
  session = new Session(
    {
      url: 'ws://gateway/worker',
      token: null,
      clock,
      random: () => 0,
      log: pino({ level: 'silent' }),
      lagged: () => undefined,
      refused: () => true,
      openSocket: (_, listener) => {
        dials.push(clock.monotonic());
        socket = listener;
        return {
          backlog: 0,
          write: (frames) => void written.push(...frames.map((frame): WorkerFrame => JSON.parse(frame))),
          close: () => undefined,
          terminate: () => undefined,
        };
      },
    },
    {
      greet: () => GREETING,
      vitals: () => ({
        running: 0,
        waiting: 0,
        concurrency: 1,
        takes: true,
        lagMs: 0,
        rssBytes: 0,
        cpuPercent: 0,
      }),
      welcomed: () => undefined,
      received: () => undefined,
      lost: () => undefined,
      leaseLost: () => undefined,
    },
  );
  session.open();
  await clock.advance(0);
});

/** @returns how long it waits until it dials again */
async function hangUp(): Promise<number> {
  const at = clock.monotonic();
  const before = dials.length;
  socket?.closed({ code: 1006, reason: 'no', refusal: undefined, choked: false });
  while (dials.length === before) await clock.advance(10);
  return clock.monotonic() - at;
}

function say(frame: GatewayWorkerFrame): void {
  socket?.received(JSON.stringify(frame));
}

function welcome(): void {
  socket?.opened();
  say([
    'welcome',
    {
      protocol: 1,
      session: 's',
      resumed: true,
      epoch: 'e',
      lost: [],
      leaseMs: 30_000,
      heartbeatMs: HEARTBEAT_MS,
      payloadLimit: PAYLOAD_LIMIT,
    },
  ]);
}

test('a worker waits longer each time, until a connection has proved itself by an answered heartbeat', async () => {
  expect([await hangUp(), await hangUp(), await hangUp()]).toEqual([100, 200, 400]);
  welcome();
  expect(session.up).toBe(true);
  expect(await hangUp()).toBe(800);
  welcome();
  await clock.advance(HEARTBEAT_MS);
  expect(written.at(-1)?.[0]).toBe('beat');
  say(['beat', 1]);
  expect([await hangUp(), await hangUp()]).toEqual([100, 200]);
});

test('a session that ends dials no more', async () => {
  welcome();
  const closed = session.close();
  socket?.closed({ code: 1000, reason: '', refusal: undefined, choked: false });
  await closed;
  await clock.advance(60_000);
  expect([dials.length, written.at(-1)?.[0], session.up]).toEqual([1, 'bye', false]);
  await session.close();
});
