import type { TaskSelf } from '@celeriac/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeApp } from '../../test/fake-app.ts';
import { Gate } from '../../test/gate.ts';
import { Workplace } from '../../test/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await Workplace.open();
});
afterEach(() => place.close());

describe('at most once', () => {
  test('a body waits until its start is recorded', async () => {
    let runs = 0;
    void place.make(new FakeApp().task('once', () => ++runs)).start();
    const { peer } = await place.gateway.welcome();
    peer.assign(
      assignment('once', [], { nonce: 'a', awaitStart: true }),
      assignment('once', [], { nonce: 'b' }),
    );
    expect(await peer.next('started')).toEqual(['a', 'b']);
    const [other] = await peer.settled(1);
    expect(other?.[0]).toBe('b');
    expect(runs).toBe(1);
    peer.send(['startedAcks', [['a', 'ok']]]);
    const [settled] = await peer.settled(1);
    expect(settled?.[0]).toBe('a');
  });

  test('a start that was refused never runs, and gives its slot back', async () => {
    const ran: string[] = [];
    void place
      .make(
        new FakeApp().task('once', (label: string) => void ran.push(label)),
        { concurrency: 1 },
      )
      .start();
    const { peer } = await place.gateway.welcome();
    peer.assign(
      assignment('once', ['a'], { nonce: 'a', awaitStart: true }),
      assignment('once', ['b'], { nonce: 'b' }),
    );
    await peer.next('started');
    peer.send(['startedAcks', [['a', 'stale']]]);
    const [settled] = await peer.settled(1);
    expect([settled?.[0], ran]).toEqual(['b', ['b']]);
  });

  test('one that is revoked while it waits for the ack never runs, and is given back', async () => {
    const ran: string[] = [];
    void place.make(new FakeApp().task('once', (label: string) => void ran.push(label))).start();
    const { peer } = await place.gateway.welcome();
    peer.assign(assignment('once', ['a'], { nonce: 'a', awaitStart: true }));
    await peer.next('started');
    peer.send(['abort', [['a', 'revoked', false, 0]]]);
    expect(await peer.next('release')).toEqual(['a']);
    peer.send(['startedAcks', [['a', 'ok']]]);
    peer.assign(assignment('once', ['b'], { nonce: 'b' }));
    await peer.settled(1);
    expect(ran).toEqual(['b']);
  });
});

describe('abort', () => {
  test('gives back what has not started', async () => {
    const gate = new Gate();
    const hold = async (self: TaskSelf, label: string): Promise<string> => {
      self.signal.addEventListener('abort', () => gate.open(label));
      return gate.wait(label);
    };
    void place.make(new FakeApp().task('hold', hold, { bind: true }), { concurrency: 1 }).start();
    const { peer } = await place.gateway.welcome();
    peer.assign(...['a', 'b', 'c'].map((nonce) => assignment('hold', [nonce], { nonce })));
    await gate.entered(1);
    peer.send([
      'abort',
      [
        ['b', 'revoked', false, 0],
        ['a', 'revoked', false, 0],
      ],
    ]);
    await gate.entered(2);
    expect(gate.labels).toEqual(['a', 'c']);
    gate.open('c');
    await peer.settled(2);
    expect(await peer.next('release')).toEqual(['b']);
  });

  test('tells a running body why, and keeps its slot until it returns', async () => {
    const gate = new Gate();
    let reason: unknown;
    const stubborn = async (self: TaskSelf): Promise<string> => {
      self.signal.addEventListener('abort', () => gate.open('aborted'));
      await gate.wait('aborted');
      reason = self.signal.reason;
      await gate.wait('return');
      return 'late';
    };
    const app = new FakeApp().task('stubborn', stubborn, { bind: true }).task('next', () => 'next');
    void place.make(app, { concurrency: 1 }).start();
    const { peer } = await place.gateway.welcome();
    peer.assign(assignment('stubborn', [], { nonce: 'a' }), assignment('next', [], { nonce: 'b' }));
    expect(await peer.next('started')).toEqual(['a']);
    await gate.entered(1);
    peer.send(['abort', [['a', 'revoked', true, 0]]]);
    await gate.entered(2);
    expect(reason).toMatchObject({ name: 'TaskRevokedError', code: 'TASK_REVOKED' });
    expect(peer.unread('started')).toBe(0);
    gate.open('return');
    const settled = await peer.settled(2);
    expect(settled.map(([nonce]) => nonce)).toEqual(['a', 'b']);
  });
});
