/** What the simulated network does to frames: a network that never failed would prove nothing either. */
import { describe, expect, test } from 'vitest';
import { Chance } from './chance.ts';
import type { PipeEnd } from './pipe.ts';
import { ProcessClock } from './process-clock.ts';
import { NetworkRoute } from './route.ts';
import { type End, SimulatedConnection } from './simulated-connection.ts';
import { Time } from './time.ts';

interface Heard {
  readonly frames: unknown[];
  readonly endings: PipeEnd[];
}

function setup() {
  const time = new Time();
  const route = new NetworkRoute({ delayMs: 1, jitterMs: 20 });
  const clocks = { guest: clockOf(time), host: clockOf(time) };
  const { guest, host } = new SimulatedConnection(time, route, new Chance(7), clocks.guest, clocks.host);
  return { time, route, clocks, guest, host, atGuest: hear(guest), atHost: hear(host) };
}

function clockOf(time: Time): ProcessClock {
  return new ProcessClock(time, 0, () => true);
}

function hear(end: End): Heard {
  const heard: Heard = { frames: [], endings: [] };
  end.listen({
    received: (frame) => heard.frames.push(frame),
    closed: (ending) => heard.endings.push(ending),
  });
  return heard;
}

const NUMBERS = Array.from({ length: 50 }, (_, number) => number);

describe('a connection', () => {
  test('keeps the order of what it carries', async () => {
    const { time, guest, atHost } = setup();
    for (const number of NUMBERS) guest.send(number);
    await time.runUntil(100);
    expect(atHost.frames).toEqual(NUMBERS);
  });

  test('that is cut loses the last of what was on its way, and both ends learn it once', async () => {
    const { time, route, guest, atGuest, atHost } = setup();
    for (const number of NUMBERS) guest.send(number);
    await time.runUntil(3);
    route.cut();
    guest.send('after');
    await time.runUntil(100);
    expect(atHost.frames).toEqual(NUMBERS.slice(0, atHost.frames.length));
    expect(atHost.frames.length).toBeLessThan(NUMBERS.length);
    expect([atGuest.endings.length, atHost.endings.length]).toEqual([1, 1]);
  });

  test('that is held up in one direction carries the other, and all of it when that is over', async () => {
    const { time, route, guest, host, atGuest, atHost } = setup();
    route.hold(true, false);
    for (const number of NUMBERS) guest.send(number);
    host.send('hello');
    await time.runUntil(10_000);
    expect(atGuest.frames).toEqual(['hello']);
    expect(atHost.frames).toEqual([]);
    route.heal();
    await time.runUntil(11_000);
    expect(atHost.frames).toEqual(NUMBERS);
  });

  test('of a process that is killed brings what it said, and then its end', async () => {
    const { time, clocks, guest, atHost } = setup();
    guest.send('last words');
    clocks.guest.kill();
    await time.runUntil(100);
    expect(atHost).toEqual({ frames: ['last words'], endings: [{ code: 1006, reason: '' }] });
  });

  test('of a process that stands still waits for it', async () => {
    const { time, clocks, guest, atHost } = setup();
    clocks.host.pause();
    guest.send('knock');
    await time.runUntil(40_000);
    expect(atHost.frames).toEqual([]);
    clocks.host.resume();
    await time.runUntil(40_001);
    expect(atHost.frames).toEqual(['knock']);
  });
});
