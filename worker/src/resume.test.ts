/** What becomes of attempts and reports when the connection is lost, the lease ends, or the gateway is another one. */
import type { TaskSelf } from '@celeriac/client';
import type { WorkerFrame } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeApp } from '../test/fake-app.ts';
import { FakeGateway } from '../test/fake-gateway.ts';
import { Gate } from '../test/gate.ts';
import type { WorkerOptions } from './options.ts';
import { createWorker, type Worker } from './worker.ts';

let gateway: FakeGateway;
let gate: Gate;
/** Collects why bodies were aborted. */
let aborts: Gate;
let worker: Worker;
beforeEach(async () => {
  gateway = await FakeGateway.listen();
  gate = new Gate();
  aborts = new Gate();
});
afterEach(async () => {
  await worker.stop({ now: true });
  await gateway.close();
});

/** A worker with one task, `hold`, that shows progress, waits at the gate, and notes why it was aborted. */
function begin(options: WorkerOptions = {}): void {
  const hold = async (self: TaskSelf, label: string): Promise<string> => {
    self.signal.addEventListener('abort', () => void aborts.wait(self.signal.reason.code));
    self.updateState({ state: 'HOLDING', meta: label });
    return gate.wait(label);
  };
  const app = new FakeApp().task('hold', hold, { bind: true }).task('quick', () => 'quick');
  worker = createWorker(app, {
    gateway: gateway.url,
    log: pino({ level: 'silent' }),
    random: () => 0.99,
    ...options,
  });
  void worker.start();
}

function hold(label: string, awaitStart = false): ReturnType<typeof assignment> {
  return assignment('hold', [label], { nonce: label, id: `task-${label}`, awaitStart });
}

describe('a connection that is lost', () => {
  test('is made again, naming the session and all that is held', async () => {
    begin({ concurrency: 2 });
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'), hold('once', true), hold('b'));
    await peer.next('progress');
    peer.cut();
    const { hello } = await gateway.welcome({ resumed: true });
    expect(hello.session).toBe('session-1');
    expect(hello.held).toEqual([
      ['task-a', 1, 'a', true, ['HOLDING', '"a"']],
      ['task-once', 1, 'once', false, null],
      ['task-b', 1, 'b', false, null],
    ]);
  });

  test('costs no end what was shown before it', async () => {
    gateway.acks = false;
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'));
    await gate.entered(1);
    peer.cut();
    const second = await gateway.connection();
    gate.open('a');
    await second.next('hello');
    second.welcome({ resumed: true });
    const settled = await second.settled(1);
    const kinds = (frames: readonly WorkerFrame[]) => frames.map(([type]) => type);
    expect(kinds(second.frames).slice(-2)).toEqual(['progress', 'settled']);
    second.cut();
    const third = await gateway.welcome({ resumed: true });
    expect(await third.peer.settled(1)).toEqual(settled);
    expect(kinds(third.peer.frames).slice(-2)).toEqual(['progress', 'settled']);
    third.peer.ack(settled);
    third.peer.cut();
    const fourth = await gateway.welcome({ resumed: true });
    fourth.peer.assign(assignment('quick'));
    await fourth.peer.settled(1);
    expect(kinds(fourth.peer.frames)).not.toContain('progress');
  });

  test('costs nothing that happens between the hello of the next one and its welcome', async () => {
    const app = new FakeApp().task(
      'tell',
      async (self: TaskSelf) => {
        self.updateState({ state: 'BEFORE' });
        await gate.wait('told');
        self.updateState({ state: 'MEANWHILE' });
        return gate.wait('end');
      },
      { bind: true },
    );
    worker = createWorker(app, { gateway: gateway.url, log: pino({ level: 'silent' }), concurrency: 1 });
    void worker.start();
    const { peer } = await gateway.welcome();
    peer.assign(assignment('tell', [], { nonce: 'a' }), assignment('tell', [], { nonce: 'b' }));
    await peer.next('progress');
    peer.cut();
    const second = await gateway.connection();
    const { held } = await second.next('hello');
    expect(held.map(([, , nonce, , progress]) => [nonce, progress?.[0]])).toEqual([
      ['a', 'BEFORE'],
      ['b', undefined],
    ]);
    gate.open('told');
    await gate.entered(2);
    const stopped = worker.stop();
    second.welcome({ resumed: true });
    expect(await second.next('progress')).toEqual([['a', 'MEANWHILE', '']]);
    expect(await second.next('release')).toEqual(['b']);
    gate.open('end');
    await stopped;
  });

  test('leaves running bodies alone when the session is resumed', async () => {
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'));
    await gate.entered(1);
    peer.cut();
    const second = await gateway.welcome({ resumed: true });
    gate.open('a');
    expect(await second.peer.settled(1)).toEqual([['a', 'task-a', 1, ['success', '"a"']]]);
    expect(aborts.labels).toEqual([]);
    expect(second.peer.unread('started')).toBe(0);
  });

  test('announces again what it had announced without being allowed to begin', async () => {
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(hold('once', true));
    await peer.next('started');
    peer.cut();
    const second = await gateway.welcome({ resumed: true });
    expect(await second.peer.next('started')).toEqual(['once']);
    second.peer.send(['startedAcks', [['once', 'ok']]]);
    await gate.entered(1);
  });

  test('loses what the welcome says is lost: running bodies are aborted, waiting ones never run', async () => {
    begin({ concurrency: 2 });
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'), hold('b'), hold('c'), hold('d'));
    await gate.entered(2);
    peer.cut();
    const second = await gateway.welcome({ resumed: true, lost: ['a', 'c'] });
    await aborts.entered(1);
    gate.open('a');
    expect((await second.peer.settled(1))[0]?.[0]).toBe('a');
    await gate.entered(3);
    expect(gate.labels).toEqual(['a', 'b', 'd']);
    expect(aborts.labels).toEqual(['LEASE_LOST']);
  });

  test.each([
    ['another session', { resumed: false, session: 'session-2' }],
    ['another store', { resumed: true, epoch: 'epoch-2' }],
  ])('loses everything under %s', async (_what, welcome) => {
    begin({ concurrency: 1 });
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'), hold('b'));
    await gate.entered(1);
    peer.cut();
    const second = await gateway.welcome(welcome);
    second.peer.assign(hold('new'));
    await aborts.entered(1);
    gate.open('a');
    await gate.entered(2);
    expect(gate.labels).toEqual(['a', 'new']);
    expect(aborts.labels).toEqual(['LEASE_LOST']);
    expect((await second.peer.settled(1))[0]?.[0]).toBe('a');
  });
});

describe('a report without an ack', () => {
  test('is held in the hello, and sent again before anything else', async () => {
    gateway.acks = false;
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(
      assignment('quick', [], { nonce: 'x', id: 'task-x' }),
      assignment('quick', [], { nonce: 'y', id: 'task-y' }),
    );
    const sent = await peer.settled(2);
    peer.ack([['x', 'task-x', 1, ['ignored']]]);
    peer.assign(hold('a'));
    await gate.entered(1);
    peer.cut();
    gateway.acks = true;
    const { peer: second, hello } = await gateway.welcome({ resumed: true });
    expect(hello.held.map(([, , nonce, started]) => [nonce, started])).toEqual([
      ['a', true],
      ['y', true],
    ]);
    expect(await second.settled(1)).toEqual([sent[1]]);
    expect(second.frames.map(([type]) => type)).toEqual(['hello', 'settled']);
  });

  test('that was made while there was no connection is sent when there is one', async () => {
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(hold('a'), hold('b'));
    await gate.entered(2);
    peer.cut();
    const second = await gateway.connection();
    gate.open('b');
    gate.open('a');
    second.welcome({ resumed: true });
    expect((await second.settled(2)).map(([nonce]) => nonce)).toEqual(['b', 'a']);
  });
});

describe('a frame that the gateway cannot read', () => {
  test('costs the task whose report it was; the others are reported', async () => {
    gateway.acks = false;
    begin();
    const { peer } = await gateway.welcome();
    peer.assign(...['x', 'y', 'z'].map((nonce) => assignment('quick', [], { nonce, id: `task-${nonce}` })));
    await peer.settled(3);
    peer.refuse('BAD_FRAME', 'expected a known outcome');
    const { peer: second } = await gateway.welcome({ resumed: true });
    const first = await second.settled(1);
    second.assign(assignment('quick', [], { nonce: 'late', id: 'task-late' }));
    await second.next('started');
    second.ack(first);
    expect((await second.settled(1)).map(([nonce]) => nonce)).toEqual(['y']);
    expect(second.unread('settled')).toBe(0);
    second.refuse('BAD_FRAME', 'expected a known outcome');
    gateway.acks = true;
    const { peer: third } = await gateway.welcome({ resumed: true });
    const [bad, ...others] = await third.settled(3);
    expect(bad?.slice(0, 3)).toEqual(['y', 'task-y', 1]);
    expect(JSON.stringify(bad?.[3])).toMatch(
      /failure.*could not read the outcome of task task-y: expected a known/,
    );
    expect(others.map(([nonce, , , [kind]]) => [nonce, kind])).toEqual([
      ['z', 'success'],
      ['late', 'success'],
    ]);
    // Then all as before: together, and at once.
    third.assign(...['p', 'q'].map((nonce) => assignment('quick', [], { nonce, id: nonce })));
    expect((await third.settled(2)).map(([nonce]) => nonce)).toEqual(['p', 'q']);
  });
});

describe('a body that fails because it was told to stop', () => {
  const heed = async ({ signal }: TaskSelf): Promise<never> => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  };

  test('has not failed: what told it to may be undone, so its run is reported lost', async () => {
    const app = new FakeApp()
      .task('heed', heed, { bind: true })
      .task('heed and retry', heed, { bind: true, autoretryFor: [Error] });
    worker = createWorker(app, { gateway: gateway.url, log: pino({ level: 'silent' }), concurrency: 2 });
    void worker.start();
    const { peer } = await gateway.welcome();
    peer.assign(
      assignment('heed', [], { nonce: 'a', id: 'task-a' }),
      assignment('heed and retry', [], { nonce: 'b', id: 'task-b' }),
    );
    await peer.next('started');
    peer.send([
      'abort',
      [
        ['a', 'revoked', false, 0],
        ['b', 'lease-lost', false, 0],
      ],
    ]);
    expect(await peer.settled(2)).toEqual([
      ['a', 'task-a', 1, ['lost', 'was told to stop (revoked)']],
      ['b', 'task-b', 1, ['lost', 'was told to stop (lease-lost)']],
    ]);
  });
});

describe('the lease', () => {
  test('ends by the worker’s own clock: bodies are aborted, waiting attempts dropped, the outcome still offered', async () => {
    const clock = new ManualClock();
    gateway.answersBeats = false;
    begin({ clock, concurrency: 1 });
    const { peer } = await gateway.welcome();
    await ready();
    peer.assign(hold('a'), hold('b'));
    await untilHeld(clock, 1);
    peer.cut();
    await lost();
    // The gateway is away: nothing confirms the lease any more.
    await gateway.close();
    await clock.advance(27_999);
    expect(aborts.labels).toEqual([]);
    await clock.advance(1);
    expect(aborts.labels).toEqual(['LEASE_LOST']);
    gate.open('a');
    await clock.advance(0);
    expect(gate.labels).toEqual(['a']);
    // The outcome is kept for a gateway that may yet come back; nobody waits for it longer than this.
    const stopped = worker.stop({ now: true });
    await clock.advance(1_000);
    await stopped;
  });

  test('also ends when only the wall clock says so, as after a sleep', async () => {
    const clock = new ManualClock();
    begin({ clock, concurrency: 1 });
    const { peer } = await gateway.welcome();
    await ready();
    peer.assign(hold('a'));
    await untilHeld(clock, 1);
    clock.jumpWall(3_600_000);
    await clock.advance(5_000);
    expect(aborts.labels).toEqual(['LEASE_LOST']);
    await peer.closed;
    await clock.advance(2_000);
    const { hello } = await gateway.welcome({ resumed: true });
    expect(hello.held.map(([, , nonce, started]) => [nonce, started])).toEqual([['a', true]]);
  });

  async function ready(): Promise<void> {
    if (worker.state !== 'ready') await new Promise<void>((resolve) => worker.on('ready', () => resolve()));
  }
  async function lost(): Promise<void> {
    if (worker.state === 'ready') await new Promise<void>((resolve) => worker.on('lost', () => resolve()));
  }
  /** Frames come over a real socket, turns end by the manual clock: both must go on. */
  async function untilHeld(clock: ManualClock, count: number): Promise<void> {
    while (gate.labels.length < count) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(0);
    }
  }
});

test('capacity falls to nothing while too many reports wait, and returns when they are acked', async () => {
  gateway.acks = false;
  begin({ concurrency: 100, prefetch: 9_900 });
  const { peer, hello } = await gateway.welcome();
  expect(hello.capacity).toBe(10_000);
  for (let batch = 0; batch < 5; batch++) {
    peer.assign(...Array.from({ length: 1_000 }, () => assignment('quick')));
  }
  const settled = await peer.settled(5_000);
  expect(await peer.next('capacity')).toBe(0);
  peer.ack(settled.slice(0, 2_501));
  expect(await peer.next('capacity')).toBe(10_000);
  peer.ack(settled.slice(2_501));
});
