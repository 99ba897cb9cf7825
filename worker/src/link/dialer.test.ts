import { ManualClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { RECONNECT } from './backoff.ts';
import { Dialer } from './dialer.ts';
import type { SocketListener } from './gateway-socket.ts';

/** A dialer whose sockets open and close when the test says so. */
function setup() {
  const clock = new ManualClock();
  const sockets: SocketListener[] = [];
  const dialer = new Dialer(
    {
      url: 'ws://127.0.0.1/worker',
      token: null,
      clock,
      random: () => 0,
      log: pino({ level: 'silent' }),
      openSocket: (_, listener) => {
        sockets.push(listener);
        return { backlog: 0, write: () => {}, close: () => {}, terminate: () => {} };
      },
    },
    { opened: () => {}, received: () => {}, closed: () => true },
  );
  const closes = (): void =>
    sockets.at(-1)?.closed({ code: 1006, reason: '', refusal: undefined, choked: false });
  return { clock, closes, dialer, sockets };
}

test('a connection that has proved itself is followed by a short wait, whatever trouble came before', async () => {
  const { clock, closes, dialer, sockets } = setup();
  dialer.open();
  await clock.advance(0);
  for (let tries = 0; tries < 10; tries++) {
    closes();
    await clock.advance(RECONNECT.capMs);
  }
  expect(sockets).toHaveLength(11);
  closes();
  await clock.advance(RECONNECT.capMs - 1);
  expect(sockets).toHaveLength(11);
  await clock.advance(1);
  expect(sockets).toHaveLength(12);
  dialer.proven();
  closes();
  await clock.advance(RECONNECT.baseMs);
  expect(sockets).toHaveLength(13);
});

test('one that is stopped dials no more and leaves no timer', async () => {
  const { clock, closes, dialer, sockets } = setup();
  dialer.open();
  await clock.advance(0);
  closes();
  expect(clock.timers).toBe(1);
  dialer.stop();
  dialer.stop();
  expect(clock.timers).toBe(0);
  await clock.advance(60_000);
  expect(sockets).toHaveLength(1);
});
