import { ClosedError, IdConflictError, NotAcceptedError, RefusedError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';
import { WINDOW } from './outbox.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a session', () => {
  test('is opened by the first call, and nothing is sent before the welcome', async () => {
    expect(t.gateway.sessions).toHaveLength(0);
    expect(t.app.connection.state).toBe('idle');
    t.app.sendTask('add', [1, 2]);
    await t.turn();
    expect(t.app.connection.state).toBe('connecting');
    expect(t.session.frames).toEqual([]);
    await t.welcome();
    expect(t.app.connection.state).toBe('open');
    expect(t.session.names).toEqual(['submit']);
  });

  test('takes the calls of one turn in one frame, and a lone call at once', async () => {
    t.app.sendTask('add', [0]);
    await t.welcome();
    for (let n = 0; n < 50; n++) t.app.sendTask('add', [n]);
    expect(t.session.names).toEqual(['submit']);
    await t.turn();
    expect(t.session.sent('submit').map((items) => items.length)).toEqual([1, 50]);
  });

  test('cuts frames by size, and lets no more than a window out', async () => {
    t.app.sendTask('add', []);
    await t.welcome();
    await t.turn();
    for (let n = 0; n < 3; n++) t.app.sendTask('big', ['x'.repeat(200_000)]);
    await t.turn();
    for (let n = 0; n < WINDOW; n++) t.app.sendTask('add', [n]);
    await t.turn();
    expect(t.session.sent('submit').map((items) => items.length)).toEqual([1, 1, 1, 1, WINDOW - 4]);
  });

  test('sends a definition once per session and name, before its first submit, app under task', async () => {
    t = new TestApp({ queue: 'app', maxRetries: 7 });
    const add = t.app.task('add', { queue: 'sums' }, (x: number) => x);
    add.delay(1);
    await t.welcome();
    add.delay(2);
    t.app.sendTask('elsewhere', []);
    await t.turn();
    expect(t.session.names).toEqual(['define', 'submit', 'submit']);
    expect(t.session.sent('define')).toEqual([[['add', { queue: 'sums', maxRetries: 7 }]]]);
    t.session.lose();
    await t.clock.advance(200);
    await t.welcome();
    expect(t.session.names).toEqual(['define', 'submit']);
  });

  test('gets what is unconfirmed again, in order, before the watches', async () => {
    const results = ['a', 'b', 'c'].map((id) => t.app.sendTask('add', [], { taskId: id }));
    t.app.AsyncResult('foreign').ready();
    const session = await t.welcome();
    expect(session.names).toEqual(['submit', 'watch']);
    session
      .accept('b')
      .events(transition('b', 2, 'STARTED'))
      .lose();
    expect(t.app.connection.state).toBe('reconnecting');
    await t.clock.advance(100);
    await t.welcome();
    expect(t.session.names).toEqual(['submit', 'watch', 'watch']);
    expect(t.session.submits.map(([id, , , , ageMs]) => [id, ageMs])).toEqual([
      ['a', t.clock.monotonic()],
      ['c', t.clock.monotonic()],
    ]);
    expect(t.session.sent('watch')).toEqual([
      { epoch: 'epoch-1', tasks: [['b', 2]] },
      { epoch: null, tasks: [['foreign', 0]] },
    ]);
    expect(results).toHaveLength(3);
  });

  test('comes back with growing, jittered waits, within 3 s of a gateway that is there again', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    let waited = 0;
    for (let failures = 1; failures <= 10; failures++) {
      t.session.lose();
      const from = t.clock.monotonic();
      while (t.gateway.sessions.length === failures) await t.clock.advance(10);
      waited = t.clock.monotonic() - from;
      expect(waited).toBeLessThanOrEqual(Math.min(100 * 2 ** (failures - 1), 2_500) + 10);
    }
    expect(waited).toBeGreaterThanOrEqual(1_250);
  });

  test('that is short does not lengthen the wait much, unless it is one of many', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    for (let failures = 0; failures < 6; failures++) {
      t.session.lose();
      await t.clock.advance(5_000);
    }
    await t.welcome();
    t.session.lose();
    await t.clock.advance(200);
    for (let kicks = 2; kicks < 6; kicks++) {
      await t.welcome();
      t.session.lose();
      await t.clock.advance(100 * 2 ** kicks);
    }
    const { length } = t.gateway.sessions;
    await t.welcome();
    t.session.lose();
    // The wait is between 1.6 and 3.2 s by now.
    await t.clock.advance(1_500);
    expect(t.gateway.sessions).toHaveLength(length);
  });

  test('that is refused says why, and is tried again slowly', async () => {
    const changes: string[] = [];
    t.app.connection.on('change', ({ state }) => changes.push(state));
    t.app.sendTask('add', []);
    await t.turn();
    t.session.lose('UNAUTHENTICATED');
    expect(t.app.connection.state).toBe('reconnecting');
    expect(t.app.connection.reason).toBeInstanceOf(RefusedError);
    expect(t.app.connection.reason).toMatchObject({ code: 'UNAUTHENTICATED' });
    await t.clock.advance(2_000);
    expect(t.gateway.sessions).toHaveLength(1);
    await t.clock.advance(3_000);
    await t.welcome();
    expect(t.app.connection).toMatchObject({ state: 'open', reason: null });
    expect(changes).toEqual(['connecting', 'reconnecting', 'open']);
  });

  test('that never welcomes us is given up', async () => {
    t.app.AsyncResult('a').ready();
    await t.turn();
    await t.clock.advance(20_200);
    expect(t.gateway.sessions).toHaveLength(2);
    expect(t.gateway.sessions[0]?.closed).toBe(true);
  });

  test('is left for the time that the gateway asks for', async () => {
    t.app.AsyncResult('a').ready();
    await t.welcome();
    t.session.goaway(3_000).lose();
    await t.clock.advance(2_999);
    expect(t.gateway.sessions).toHaveLength(1);
    await t.clock.advance(101);
    expect(t.gateway.sessions).toHaveLength(2);
  });
});

describe('a call', () => {
  test('is watched from its submit', async () => {
    const result = t.app.sendTask<number>('add', [1, 2]);
    await t.welcome();
    t.session.accept(result.id).events(transition(result.id, 2, 'SUCCESS', { body: '3' }));
    expect(result.result).toBe(3);
    expect(t.session.names).toEqual(['submit']);
  });

  test('that is refused for now is tried again until acceptTimeout', async () => {
    const result = t.app.sendTask('add', []);
    await t.welcome();
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await t.clock.advance(1_300);
    expect(t.session.submits).toHaveLength(2);
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 60_000]);
    await t.clock.advance(30_000);
    const [, error] = (await standing(result.get())) as [string, NotAcceptedError];
    expect(error).toBeInstanceOf(NotAcceptedError);
    expect(error).toMatchObject({ indeterminate: false, cause: { code: 'QUEUE_FULL' } });
  });

  test('with a policy is tried so often, at its own pace', async () => {
    const retryPolicy = { maxRetries: 1, intervalStart: 3, intervalMax: 3 };
    const result = t.app.sendTask('add', [], { retryPolicy });
    await t.welcome();
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await t.clock.advance(2_900);
    expect(t.session.submits).toHaveLength(1);
    await t.clock.advance(1_000);
    expect(t.session.submits).toHaveLength(2);
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await expect(result.accepted).rejects.toMatchObject({
      indeterminate: false,
      cause: { code: 'QUEUE_FULL' },
    });
  });

  test('that is not to be tried again fails with the first try, others go on', async () => {
    const once = t.app.sendTask('add', [], { retry: false });
    const other = t.app.sendTask('add', []);
    t.session.lose();
    await expect(once.get()).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      message: expect.stringContaining('in 1 try: no gateway was reached (connection lost)'),
    });
    await t.clock.advance(200);
    await t.welcome();
    expect(t.session.submits.map(([id]) => id)).toEqual([other.id]);
    const sent = t.app.sendTask('add', [], { retry: false });
    await t.turn();
    t.session.lose();
    await expect(sent.accepted).rejects.toMatchObject({ indeterminate: true });
  });

  test('that is refused for good is told at once', async () => {
    const result = t.app.sendTask('add', []);
    const other = t.app.sendTask('add', [], { taskId: 'taken' });
    await t.welcome();
    t.session.receipts([result.id, 0, 'FORBIDDEN', 'no', null], ['taken', 0, 'ID_CONFLICT', 'no', null]);
    await expect(result.accepted).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      cause: { code: 'FORBIDDEN' },
    });
    await expect(result.get()).rejects.toBe(await result.accepted.catch((error: unknown) => error));
    await expect(other.get()).rejects.toBeInstanceOf(IdConflictError);
  });

  test('without receipt is given up after acceptTimeout; whether it was sent is told', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const sent = t.app.sendTask('add', []);
    await t.welcome();
    t.session.lose();
    const unsent = t.app.sendTask('add', []);
    await t.clock.advance(4_999);
    expect(await standing(sent.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(sent.accepted)).toMatchObject(['rejected', { indeterminate: true }]);
    expect(await standing(unsent.get())).toMatchObject(['rejected', { indeterminate: false }]);
    // What was given up is not sent in the next session.
    await t.welcome();
    expect(t.session.submits).toEqual([]);
  });

  test('may have an accept timeout of its own', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const hasty = t.app.sendTask('add', [], { acceptTimeout: 1 });
    const usual = t.app.sendTask('add', []);
    const patient = t.app.sendTask('add', [], { acceptTimeout: 10 });
    await t.clock.advance(1_000);
    expect(await standing(hasty.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 1 s') },
    ]);
    await t.clock.advance(3_999);
    expect(await standing(usual.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(usual.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 5 s') },
    ]);
    await t.clock.advance(4_999);
    expect(await standing(patient.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(patient.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 10 s') },
    ]);
  });

  test('finds no room in a full outbox', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    t.session.welcome('epoch-1', { inFlightTasks: 1 });
    const refused = t.app.sendTask('add', []);
    expect(await standing(refused.accepted)).toMatchObject([
      'rejected',
      { name: 'NotAcceptedError', indeterminate: false, cause: { code: 'OUTBOX_FULL' } },
    ]);
  });

  test('made twice under one id before its receipt is one call, or a conflict', async () => {
    const first = t.app.sendTask('add', [1], { taskId: 'a' });
    const same = t.app.sendTask('add', [1], { taskId: 'a' });
    const other = t.app.sendTask('add', [2], { taskId: 'a' });
    await t.welcome();
    expect(t.session.submits).toHaveLength(1);
    await expect(other.get()).rejects.toBeInstanceOf(IdConflictError);
    t.session.accept('a').events(transition('a', 2, 'SUCCESS', { body: '1' }));
    expect([await first.get(), await same.get()]).toEqual([1, 1]);
  });

  test('made again under the id of a task that lives does not disturb its handle', async () => {
    const first = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.welcome();
    t.session.accept('a');
    const conflicting = t.app.sendTask('add', [2], { taskId: 'a' });
    const same = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.turn();
    await expect(same.get()).rejects.toBeInstanceOf(IdConflictError);
    t.session.receipts(['a', 0, 'ID_CONFLICT', 'no', null]);
    await expect(conflicting.get()).rejects.toBeInstanceOf(IdConflictError);
    const again = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.turn();
    t.session.events(transition('a', 2, 'STARTED')).accept('a');
    t.session.snapshots(
      snapshot('a', {
        sequence: 2,
        state: 'STARTED',
        history: [
          ['PENDING', 'submitted', 1_000, 0, null],
          ['STARTED', 'started', 2_000, 1, 'w1'],
        ],
      }),
    );
    t.session.events(transition('a', 3, 'SUCCESS', { body: '1' }));
    expect([await first.get(), await again.get()]).toEqual([1, 1]);
    expect(again.history.map(({ state }) => state)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('whose frame the gateway could not take is sent again', async () => {
    const result = t.app.sendTask('add', []);
    await t.welcome();
    t.session.refuse('OVERLOADED', [], 1_000);
    await t.clock.advance(1_000);
    expect(t.session.submits).toHaveLength(2);
    t.session.accept(result.id);
    expect(result.known).toBe(true);
  });
});

describe('another store', () => {
  test('has lost what was accepted, and not what was not', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    const unconfirmed = t.app.sendTask('add', [], { taskId: 'b' });
    const moved = t.app.sendTask('add', [], { taskId: 'c' });
    await t.welcome();
    const timed = accepted.get({ timeout: 60 });
    t.session.accept('a', 'c').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    expect(t.session.submits.map(([id]) => id)).toEqual(['b']);
    expect(t.session.gets[0]?.ids).toEqual(['a', 'c']);
    t.session.gets[0]?.answer({ ok: [unknown('a'), snapshot('c')] });
    t.session.snapshots(unknown('b')).accept('b');
    await expect(timed).rejects.toMatchObject({ name: 'UnknownTaskError', lost: true });
    await expect(accepted.get()).rejects.toMatchObject({ lost: true });
    expect(unconfirmed.known).toBe(true);
    await t.turn();
    expect(t.session.sent('watch')).toEqual([{ epoch: 'epoch-2', tasks: [['c', 1]] }]);
    t.session.events(transition('c', 2, 'SUCCESS', { body: '1' }));
    expect(await moved.get()).toBe(1);
  });

  test('that hides what was accepted is told as it says', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    await t.welcome();
    t.session.accept('a').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    t.session.gets[0]?.answer({ refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } });
    await expect(accepted.get()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('watching others', () => {
  test('a refused watch breaks the handles it names, and no others', async () => {
    const secret = t.app.AsyncResult('secret').get();
    const open = t.app.AsyncResult('open').get({ timeout: 60 });
    await t.welcome();
    t.session.refuse('FORBIDDEN', ['secret']);
    await t.turn();
    expect(await standing(secret)).toMatchObject(['rejected', { code: 'FORBIDDEN' }]);
    expect(await standing(open)).toBe('pending');
  });

  test('unwatch lets the gateway know, and ends the listening', async () => {
    const states: string[] = [];
    const result = t.app.AsyncResult('a').on('state', ({ state }) => states.push(state));
    await t.welcome();
    t.session.snapshots(snapshot('a'));
    result.unwatch();
    await t.turn();
    t.session.events(transition('a', 2, 'STARTED'));
    expect(t.session.sent('unwatch')).toEqual([['a']]);
    expect(states).toEqual(['PENDING']);
  });
});

describe('closing', () => {
  test('waits for receipts, then ends all waiting', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const value = result.get();
    const foreign = t.app.AsyncResult('b').get({ timeout: 60 });
    await t.welcome();
    const closed = t.app.close();
    await t.turn();
    expect(await standing(closed)).toBe('pending');
    t.session.accept('a');
    await closed;
    await expect(value).rejects.toBeInstanceOf(ClosedError);
    await expect(foreign).rejects.toBeInstanceOf(ClosedError);
    await expect(t.app.AsyncResult('c').get()).rejects.toBeInstanceOf(ClosedError);
    expect(() => t.app.sendTask('add', [])).toThrow(ClosedError);
    expect(t.session.closed).toBe(true);
    expect(t.app.connection.state).toBe('closed');
    expect(t.clock.timers).toBe(0);
  });

  test('waits no longer than its timeout', async () => {
    const result = t.app.sendTask('add', []);
    const closed = t.app.close({ timeout: 2 });
    await t.clock.advance(2_000);
    await closed;
    await expect(result.accepted).rejects.toBeInstanceOf(ClosedError);
    expect(t.clock.timers).toBe(0);
  });

  test('an app that was never used closes at once', async () => {
    await t.app.close();
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test('flush waits for the calls made so far', async () => {
    await t.app.flush();
    const first = t.app.sendTask('add', []);
    await t.welcome();
    const flushed = t.app.flush();
    const second = t.app.sendTask('add', []);
    await t.turn();
    t.session.accept(second.id);
    expect(await standing(flushed)).toBe('pending');
    t.session.accept(first.id);
    await flushed;
  });
});
