import { CLOSE, type WorkerRefusal } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeApp } from '../../test/fake-app.ts';
import type { Peer } from '../../test/fake-gateway.ts';
import { Workplace } from '../../test/workplace.ts';
import { NameClaim } from './name-claim.ts';

const ALIVE: WorkerRefusal = { code: 'NAME_TAKEN', message: 'it is connected' };
const PASSING: WorkerRefusal = { ...ALIVE, message: 'it may come back', retryAfterMs: 1_000 };

describe('a worker whose name is taken', () => {
  function claim(ended: readonly number[] = []) {
    const clock = new ManualClock();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line).reason) });
    return { clock, lines, name: new NameClaim({ clock, log }, { hasEnded: (pid) => ended.includes(pid) }) };
  }

  test('asks again for 15 s where the other one is alive, and tells so once', async () => {
    const { clock, lines, name } = claim();
    expect(name.asksAgain(ALIVE)).toBe(true);
    await clock.advance(14_999);
    expect(name.asksAgain(ALIVE)).toBe(true);
    await clock.advance(1);
    expect(name.asksAgain(ALIVE)).toBe(false);
    expect(lines).toEqual(['it is connected']);
  });

  test('asks again for 60 s where the other one may be gone', async () => {
    const { clock, name } = claim();
    expect(name.asksAgain(ALIVE)).toBe(true);
    for (let second = 1; second < 60; second++) {
      await clock.advance(1_000);
      expect(name.asksAgain(PASSING)).toBe(true);
    }
    await clock.advance(1_000);
    expect(name.asksAgain(PASSING)).toBe(false);
  });

  test('counts anew when it was welcome, or heard something else, in between', async () => {
    const { clock, name } = claim();
    name.asksAgain(ALIVE);
    await clock.advance(60_000);
    expect(name.asksAgain(undefined)).toBe(false);
    expect(name.asksAgain(ALIVE)).toBe(true);
    await clock.advance(60_000);
    name.granted();
    expect(name.asksAgain(ALIVE)).toBe(true);
  });

  test('says that the other one’s process is no more, where it is not', () => {
    const { name } = claim([4711]);
    name.asksAgain({ ...PASSING, holder: { session: 's1', pid: 4712 } });
    expect(name.said).toEqual({});
    name.asksAgain({ ...PASSING, holder: { session: 's1', pid: 4711 } });
    expect(name.said).toEqual({ gone: 's1' });
    name.asksAgain(PASSING);
    expect(name.said).toEqual({});
  });
});

describe('at the gateway', () => {
  let place: Workplace;
  beforeEach(async () => {
    place = await Workplace.open();
  });
  afterEach(() => place.close());

  function refuse(peer: Peer, refusal: WorkerRefusal): void {
    peer.send(['refused', refusal]);
    peer.close(CLOSE.nameTaken);
  }

  test('it is not told of a name that frees itself', async () => {
    const worker = place.make(new FakeApp().task('add', () => 0));
    const refusals: string[] = [];
    worker.on('refused', ({ code }) => void refusals.push(code));
    const started = worker.start();
    // No process has this number: it is beyond what any system gives.
    for (const refusal of [ALIVE, { ...PASSING, holder: { session: 's1', pid: 2 ** 31 - 1 } }]) {
      const peer = await place.gateway.connection();
      expect(await peer.next('hello')).not.toHaveProperty('gone');
      refuse(peer, refusal);
    }
    const { hello } = await place.gateway.welcome();
    expect(hello.gone).toBe('s1');
    await started;
    expect(refusals).toEqual([]);
  });

  test('a name that stays taken fails the start', async () => {
    const clock = new ManualClock();
    const worker = place.make(
      new FakeApp().task('add', () => 0),
      { clock },
    );
    const started = worker.start();
    const first = await place.gateway.connection();
    await first.next('hello');
    refuse(first, ALIVE);
    await first.closed;
    await clock.advance(15_000);
    const second = await place.gateway.connection();
    await second.next('hello');
    refuse(second, ALIVE);
    await expect(started).rejects.toMatchObject({ code: 'NAME_TAKEN', message: 'it is connected' });
  });
});
