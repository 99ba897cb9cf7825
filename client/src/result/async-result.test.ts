import {
  encodeFailure,
  TaskError,
  TaskRevokedError,
  TimeoutError,
  UnknownTaskError,
} from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { progress, snapshot, transition, unknown } from '../test/fake-gateway.ts';
import type { AsyncResult } from './async-result.ts';
import type { Snapshot } from './snapshot.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

/** A call with its receipt. */
async function accepted(): Promise<AsyncResult<number>> {
  const result = t.app.sendTask<number>('add', [1, 2], { taskId: 'a' });
  await t.welcome();
  t.session.accept('a');
  return result;
}

const failure = (name: string, message: string): string => {
  const wire = encodeFailure({ name, message, traceback: `${name}: ${message}\n    at tasks.ts:1:1` });
  return typeof wire === 'string' ? wire : wire[1];
};

describe('get', () => {
  test('gives the value', async () => {
    const result = await accepted();
    const value = result.get();
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(await value).toBe(3);
    expect(await result.get({ timeout: 0 })).toBe(3);
  });

  test('gives undefined for an empty result', async () => {
    const result = await accepted();
    t.session.events(transition('a', 2, 'SUCCESS', { body: '' }));
    expect(await result.get()).toBeUndefined();
  });

  test("throws the task's own error, with its traceback, or returns it", async () => {
    const result = await accepted();
    t.session.events(transition('a', 2, 'FAILURE', { body: failure('TypeError', 'bad') }));
    const error = await result.get({ propagate: false });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'bad', stack: 'TypeError: bad\n    at tasks.ts:1:1' });
    await expect(result.get()).rejects.toBe(error);
    expect(result.result).toBe(error);
    expect(result.traceback).toBe('TypeError: bad\n    at tasks.ts:1:1');
    expect([result.ready(), result.successful(), result.failed()]).toEqual([true, false, true]);
  });

  test('rebuilds registered errors as their class, and others as TaskError', async () => {
    class PaymentError extends Error {}
    t.app.registerError(PaymentError);
    const result = await accepted();
    t.session.events(transition('a', 2, 'RETRY', { body: failure('PaymentError', 'no money') }));
    expect(result.result).toBeInstanceOf(PaymentError);
    t.session.events(transition('a', 3, 'FAILURE', { body: failure('CardError', 'no card') }));
    await expect(result.get()).rejects.toBeInstanceOf(TaskError);
    await expect(result.get()).rejects.toMatchObject({ errorName: 'CardError' });
  });

  test('a registered class that cannot be made does not hide the failure', async () => {
    class Picky extends Error {
      constructor() {
        super();
        throw new RangeError('picky');
      }
    }
    t.app.registerError(Picky);
    const result = await accepted();
    t.session.events(transition('a', 2, 'FAILURE', { body: failure('Picky', 'told') }));
    await expect(result.get()).rejects.toMatchObject({ errorName: 'Picky', message: 'told' });
  });

  test('rejects for a revoked task, with or without a body', async () => {
    const result = await accepted();
    t.session.events(transition('a', 2, 'REVOKED', { reason: 'expired' }));
    await expect(result.get()).rejects.toBeInstanceOf(TaskRevokedError);
    await expect(result.get()).rejects.toMatchObject({ reason: 'expired' });
  });

  test('gives undefined for an ignored task', async () => {
    const result = await accepted();
    t.session.events(transition('a', 2, 'IGNORED'));
    expect(await result.get()).toBeUndefined();
    expect(result.ready()).toBe(true);
  });

  test('runs out after its timeout, where the caller waits', async () => {
    const result = await accepted();
    const value = result.get({ timeout: '1s' });
    await t.clock.advance(999);
    expect(await standing(value)).toBe('pending');
    await t.clock.advance(1);
    await expect(value).rejects.toBeInstanceOf(TimeoutError);
    // The task goes on.
    t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
    expect(await result.get()).toBe(3);
  });

  test('ends with the reason of its signal', async () => {
    const result = await accepted();
    const controller = new AbortController();
    const value = result.get({ signal: controller.signal });
    const reason = new Error('the page was left');
    controller.abort(reason);
    await expect(value).rejects.toBe(reason);
    await expect(result.get({ signal: controller.signal })).rejects.toBe(reason);
  });

  test('of an unknown id rejects as soon as the gateway says so', async () => {
    const value = t.app.AsyncResult('nobody').get();
    await t.welcome();
    expect(await standing(value)).toBe('pending');
    t.session.snapshots(unknown('nobody'));
    await expect(value).rejects.toBeInstanceOf(UnknownTaskError);
    await expect(value).rejects.toMatchObject({ lost: false });
  });

  test('of an unknown id waits when it has a timeout, and sees the task that comes', async () => {
    const result = t.app.AsyncResult<number>('later');
    const short = result.get({ timeout: 1 });
    const long = result.get({ timeout: 10 });
    await t.welcome();
    t.session.snapshots(unknown('later'));
    await t.clock.advance(1_000);
    await expect(short).rejects.toBeInstanceOf(TimeoutError);
    t.session.events(
      transition('later', 1, 'PENDING', { reason: 'submitted' }),
      transition('later', 2, 'SUCCESS', { body: '3' }),
    );
    expect(await long).toBe(3);
  });

  test('ignores "unknown" while the submit is unconfirmed', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const value = result.get();
    await t.welcome();
    t.session.snapshots(unknown('a'));
    expect(await standing(value)).toBe('pending');
  });

  test('that comes too late is told so', async () => {
    const value = t.app.AsyncResult('old').get();
    await t.welcome();
    t.session.snapshots(snapshot('old', { sequence: 2, state: 'SUCCESS', gone: true }));
    await expect(value).rejects.toMatchObject({ name: 'ResultGoneError', state: 'SUCCESS' });
  });

  test('of a call that asked for no result is undefined at once', async () => {
    const result = t.app.sendTask('add', [], { ignoreResult: true });
    expect(await result.get()).toBeUndefined();
  });

  test('gives up when the gateway stays away, and works again when it is back', async () => {
    const result = await accepted();
    const value = result.get();
    t.session.lose();
    await t.clock.advance(299_000);
    expect(await standing(value)).toBe('pending');
    await t.clock.advance(1_000);
    await expect(value).rejects.toMatchObject({ name: 'GatewayUnreachableError', taskId: 'a' });
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ name: 'GatewayUnreachableError' });
    await t.welcome();
    const again = result.get();
    t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
    expect(await again).toBe(3);
  });

  test('refuses a bad timeout', async () => {
    await expect((await accepted()).get({ timeout: -1 })).rejects.toMatchObject({ option: 'timeout' });
  });
});

describe('events', () => {
  test('fire per state and by name, PENDING with the receipt first', async () => {
    const seen: string[] = [];
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    for (const event of ['state', 'progress', 'success', 'failure', 'retry', 'revoked', 'ready'] as const) {
      result.on(event, (snapshot) => seen.push(`${event} ${snapshot.state}`));
    }
    await t.welcome();
    t.session
      .accept('a')
      .events(
        transition('a', 2, 'STARTED'),
        progress('a', 2, 'UPLOADING', { done: 1 }),
        transition('a', 3, 'RETRY', { body: failure('Error', 'once') }),
        transition('a', 4, 'STARTED'),
        transition('a', 5, 'SUCCESS', { body: '3' }),
      );
    expect(seen).toEqual([
      'state PENDING',
      'state STARTED',
      'progress UPLOADING',
      'state RETRY',
      'retry RETRY',
      'state STARTED',
      'state SUCCESS',
      'success SUCCESS',
      'ready SUCCESS',
    ]);
  });

  test('a snapshot does not change after it was given', async () => {
    const snapshots: Snapshot[] = [];
    const result = await accepted();
    result.on('state', (snapshot) => snapshots.push(snapshot));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(snapshots.map(({ history }) => history.length)).toEqual([2, 3]);
    expect(snapshots.map(({ result: value }) => value)).toEqual([undefined, 3]);
    expect(snapshots[1]?.dateDone).toEqual(new Date(3_000));
  });

  test('once and off do what they say', async () => {
    const seen: string[] = [];
    const listener = ({ state }: Snapshot): void => void seen.push(state);
    const result = await accepted();
    result.once('state', listener);
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'RETRY'));
    result.on('state', listener).off('state', listener);
    t.session.events(transition('a', 4, 'STARTED'));
    expect(seen).toEqual(['STARTED']);
  });

  test('a listener that throws is reported, and the others are still told', async () => {
    const reported: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const report = (error: unknown): void => void reported.push(error);
    process.on('uncaughtException', report);
    const seen: string[] = [];
    const result = await accepted();
    const trouble = new Error('in a listener');
    result.on('state', () => {
      throw trouble;
    });
    result.on('state', ({ state }) => seen.push(state));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(seen).toEqual(['STARTED', 'SUCCESS']);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', report);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(reported).toContain(trouble);
  });
});

describe('updates', () => {
  test('gives every state and the last progress, and ends with the end', async () => {
    const result = await accepted();
    const updates = result.updates();
    expect((await updates.next()).value).toMatchObject({ state: 'PENDING' });
    t.session.events(
      transition('a', 2, 'STARTED'),
      progress('a', 2, 'UPLOADING', 1),
      progress('a', 2, 'UPLOADING', 2),
      transition('a', 3, 'SUCCESS', { body: '3' }),
    );
    const rest: unknown[] = [];
    for await (const { state, info } of updates) rest.push([state, info]);
    expect(rest).toEqual([
      ['STARTED', undefined],
      ['UPLOADING', 2],
      ['SUCCESS', 3],
    ]);
    const late: string[] = [];
    for await (const { state } of result.updates()) late.push(state);
    expect(late).toEqual(['SUCCESS']);
  });

  test('throws for what will have no end', async () => {
    const next = t.app.AsyncResult('nobody').updates().next();
    await t.welcome();
    t.session.snapshots(unknown('nobody'));
    await expect(next).rejects.toBeInstanceOf(UnknownTaskError);
  });

  test('waits as long as the gateway has not answered', async () => {
    const next = t.app.AsyncResult('somebody').updates().next();
    await t.welcome();
    expect(await standing(next)).toBe('pending');
    t.session.snapshots(snapshot('somebody'));
    expect((await next).value).toMatchObject({ state: 'PENDING', known: true });
  });
});

describe('a handle', () => {
  test('is not thenable, and is itself after await', async () => {
    const result = t.app.sendTask('add', []);
    expect(await result).toBe(result);
  });

  test('knows nothing at first, and is watched from its first use', async () => {
    const result = t.app.AsyncResult('a');
    expect(result.id).toBe('a');
    await t.turn();
    expect(t.gateway.sessions).toHaveLength(0);
    expect([result.state, result.known, result.synced]).toEqual(['PENDING', false, false]);
    await t.welcome();
    t.session.snapshots(
      snapshot('a', {
        sequence: 2,
        state: 'STARTED',
        worker: 'w1',
        attempt: 1,
        retries: 2,
        queue: 'sums',
        progress: ['UPLOADING', '{"done":1}'],
        history: [
          ['PENDING', 'submitted', 1_000, 0, null],
          ['STARTED', 'started', 2_000, 1, 'w1'],
        ],
      }),
    );
    expect([result.state, result.known, result.synced]).toEqual(['UPLOADING', true, true]);
    expect(result).toMatchObject({ name: 'add', worker: 'w1', retries: 2, queue: 'sums', info: { done: 1 } });
    expect(result.history).toEqual([
      { state: 'PENDING', reason: 'submitted', at: new Date(1_000), attempt: 0, worker: null },
      { state: 'STARTED', reason: 'started', at: new Date(2_000), attempt: 1, worker: 'w1' },
    ]);
    expect(result.dateDone).toBeNull();
  });

  test('tells its receipt', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const receipt = result.accepted;
    await t.welcome();
    t.session.receipts(['a', 1, 'sums', false, 5_000]);
    expect(await receipt).toEqual({ id: 'a', queue: 'sums', kept: false, at: new Date(5_000) });
    expect(await result.accepted).toEqual(await receipt);
  });

  test('is accepted, made from an id, when the gateway has the task', async () => {
    const there = t.app.AsyncResult('there').accepted;
    const nowhere = t.app.AsyncResult('nowhere').accepted;
    await t.welcome();
    const [{ ids, answer } = { ids: [], answer: () => {} }] = t.session.gets;
    expect(ids).toEqual(['there', 'nowhere']);
    answer({ ok: [snapshot('there'), unknown('nowhere')] });
    expect(await there).toMatchObject({ id: 'there', queue: 'default' });
    await expect(nowhere).rejects.toBeInstanceOf(UnknownTaskError);
  });

  test('refreshes, again in the next session when the answer was lost', async () => {
    const result = await accepted();
    const fresh = result.refresh();
    await t.turn();
    expect(t.session.gets).toHaveLength(1);
    t.session.lose();
    await t.clock.advance(100);
    await t.welcome();
    t.session.gets[0]?.answer({ ok: [snapshot('a', { waiting: 'worker' })] });
    expect(await fresh).toMatchObject({ state: 'PENDING', waiting: 'worker' });
  });

  test('passes a refusal on', async () => {
    const result = await accepted();
    const fresh = result.refresh();
    const verdict = result.revoke();
    await t.turn();
    const refused = { code: 'FORBIDDEN', message: 'no', retryAfterMs: null };
    t.session.gets[0]?.answer({ refused });
    t.session.revokes[0]?.answer({ refused });
    await expect(fresh).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(verdict).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('revokes, once the call is accepted', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const verdict = result.revoke({ terminate: true, grace: '2s' });
    await t.welcome();
    expect(t.session.revokes).toEqual([]);
    t.session.accept('a');
    await t.turn();
    expect(t.session.revokes[0]?.items).toEqual([['a', true, 2_000]]);
    t.session.revokes[0]?.answer({ ok: ['prevented'] });
    expect(await verdict).toBe('prevented');
  });
});
