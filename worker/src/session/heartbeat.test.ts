import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

const LOG = pino({ level: 'silent' });

let clock: ManualClock;
let events: string[];
let heartbeat: Heartbeat;
beforeEach(() => {
  clock = new ManualClock();
  events = [];
  heartbeat = new Heartbeat(
    { clock, log: LOG, lagged: (ms) => void events.push(`lagged ${ms}`) },
    5_000,
    (count) => void events.push(`beat ${count}`),
    () => void events.push(`silent at ${clock.monotonic()}`),
  );
  heartbeat.start();
});

test('beats every five seconds', async () => {
  for (let second = 0; second < 20; second++) {
    await clock.advance(1_000);
    heartbeat.heard();
  }
  expect(events).toEqual(['beat 1', 'beat 2', 'beat 3', 'beat 4']);
});

test('says so when nothing was heard for two intervals and a half', async () => {
  await clock.advance(5_000);
  heartbeat.heard();
  await clock.advance(14_999);
  expect(events.filter((event) => event.startsWith('silent'))).toEqual([]);
  await clock.advance(1);
  expect(events.at(-1)).toBe('silent at 20000');
});

test('knows when an answered beat was sent, once', async () => {
  await clock.advance(10_000);
  expect(heartbeat.answered(2)?.monotonic).toBe(10_000);
  expect(heartbeat.answered(1)).toBeUndefined();
  expect(heartbeat.answered(9)).toBeUndefined();
});

test('after a block of the loop one late tick is no silence', async () => {
  // A block is a time in which no timer fires: the wait below ends 20 s after it was due.
  const late = new ManualClock();
  const blocked: string[] = [];
  let blockedMs = 0;
  const beats = new Heartbeat(
    {
      clock: {
        now: () => late.now(),
        monotonic: () => late.monotonic() + blockedMs,
        after: (ms, callback) => late.after(ms, callback),
        soon: (callback) => late.soon(callback),
      },
      log: LOG,
      lagged: (ms) => void blocked.push(`lagged ${ms}`),
    },
    5_000,
    () => undefined,
    () => void blocked.push('silent'),
  );
  beats.start();
  blockedMs = 20_000;
  await late.advance(2_500);
  expect(blocked).toEqual(['lagged 20000']);
});
