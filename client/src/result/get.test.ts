import { TaskError, TaskRevokedError, TimeoutError, UnknownTaskError } from '@celeriac/protocol';
import type { WireSnapshot } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { failure, snapshot, transition, unknown } from '../test/fake-gateway.ts';
import type { AsyncResult } from './async-result.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('get', () => {
  test('gives the value', async () => {
    const result = await t.accepted();
    const value = result.get();
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(await value).toBe(3);
    expect(await result.get({ timeout: 0 })).toBe(3);
  });

  test('gives undefined for an empty result', async () => {
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'SUCCESS', { body: '' }));
    expect(await result.get()).toBeUndefined();
  });

  test("throws the task's own error, with its traceback, or returns it", async () => {
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'FAILURE', { body: failure('TypeError', 'bad') }));
    const error = await result.get({ propagate: false });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'bad', stack: 'TypeError: bad\n    at tasks.ts:1:1' });
    await expect(result.get()).rejects.toBe(error);
    expect(result.result).toBe(error);
    expect(result.traceback).toBe('TypeError: bad\n    at tasks.ts:1:1');
    expect([result.ready(), result.successful(), result.failed()]).toEqual([true, false, true]);
  });

  test('with a timeout says that nobody knows the id, or that the task goes on', async () => {
    const unknownTask = t.app.AsyncResult('nobody').get({ timeout: 5 });
    const result = await t.accepted();
    const slow = result.get({ timeout: 5 });
    const unheard = t.app.AsyncResult('unheard').get({ timeout: 5 });
    t.session.snapshots(unknown('nobody'));
    await t.clock.advance(5_000);
    expect(await standing(unknownTask)).toMatchObject([
      'rejected',
      {
        name: 'TimeoutError',
        code: 'TIMEOUT',
        known: false,
        message: expect.stringMatching(/^no task has the id nobody, and none came within 5 s/),
        cause: { name: 'UnknownTaskError' },
      },
    ]);
    for (const wait of [slow, unheard])
      expect(await standing(wait)).toMatchObject([
        'rejected',
        { name: 'TimeoutError', known: true, message: expect.stringMatching(/did not end within 5 s$/) },
      ]);
  });

  describe('with a timeout', () => {
    const waits: readonly (readonly [Partial<WireSnapshot>, string])[] = [
      [{ waiting: 'worker', lacks: 'queue' }, "no worker takes tasks from its queue 'default'"],
      [{ waiting: 'worker', lacks: 'task' }, "no worker of its queue 'default' has a task 'add'"],
      [{ waiting: 'worker', lacks: 'task', queue: null }, "no worker has a task 'add'"],
      [{ waiting: 'worker' }, 'no worker can run it'],
      [{ waiting: 'due' }, 'it is not due yet'],
      [{ waiting: 'turn' }, 'other tasks are ahead of it'],
      [{ waiting: 'rate' }, 'a rate limit holds it back'],
      [{ waiting: 'pause' }, "its queue 'default' is paused"],
    ];

    test.each(waits)('asks what the task waits for, and says it: %o', async (facts, why) => {
      const result = await t.accepted();
      const value = result.get({ timeout: 8 });
      await t.clock.advance(5_999);
      expect(t.session.gets).toEqual([]);
      await t.clock.advance(1);
      t.session.gets[0]?.answer({ ok: [snapshot('a', facts)] });
      await t.clock.advance(1_999);
      expect(await standing(value)).toBe('pending');
      await t.clock.advance(1);
      const { waiting = null, lacks = null } = facts;
      expect(await standing(value)).toMatchObject([
        'rejected',
        { name: 'TimeoutError', waiting, lacks, message: `task a did not end within 8 s: ${why}` },
      ]);
    });

    test('asks nobody about a task that runs, or where the wait is short', async () => {
      const result = await t.accepted();
      const short = result.get({ timeout: 0.9 });
      await t.clock.advance(900);
      await expect(short).rejects.toThrow('task a did not end within 0.9 s');
      t.session.events(transition('a', 2, 'STARTED'));
      const long = result.get({ timeout: 100 });
      await t.clock.advance(100_000);
      await expect(long).rejects.toThrow('task a did not end within 100 s: it runs on w1');
      expect(t.session.gets).toEqual([]);
    });

    test('ends on time where the question is refused, or has no answer', async () => {
      const result = await t.accepted();
      const first = result.get({ timeout: 8 });
      await t.clock.advance(6_000);
      t.session.gets[0]?.answer({ refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } });
      const second = result.get({ timeout: 8 });
      await t.clock.advance(2_000);
      await expect(first).rejects.toThrow(/did not end within 8 s$/);
      await t.clock.advance(6_000);
      await expect(second).rejects.toThrow(/did not end within 8 s$/);
      await t.app.close({ timeout: 0 });
      expect(t.clock.timers).toBe(0);
    });
  });

  test('rebuilds registered errors as their class, and others as TaskError', async () => {
    class PaymentError extends Error {}
    t.app.registerError(PaymentError);
    const result = await t.accepted();
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
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'FAILURE', { body: failure('Picky', 'told') }));
    await expect(result.get()).rejects.toMatchObject({ errorName: 'Picky', message: 'told' });
  });

  test('rejects for a revoked task, with or without a body', async () => {
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'REVOKED', { reason: 'expired' }));
    await expect(result.get()).rejects.toBeInstanceOf(TaskRevokedError);
    await expect(result.get()).rejects.toMatchObject({ reason: 'expired' });
    const other = t.app.sendTask('add', [], { taskId: 'b' });
    await t.turn();
    const body = failure('ConnectionError', 'left in the middle');
    t.session.accept('b').events(transition('b', 2, 'REVOKED', { body }));
    await expect(other.get()).rejects.toMatchObject({
      errorName: 'ConnectionError',
      message: 'left in the middle',
    });
  });

  test('gives undefined for an ignored task', async () => {
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'IGNORED'));
    expect(await result.get()).toBeUndefined();
    expect(result.ready()).toBe(true);
  });

  test('runs out after its timeout, where the caller waits', async () => {
    const result = await t.accepted();
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
    const result = await t.accepted();
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
    const result = await t.accepted();
    const value = result.get();
    t.session.lose();
    await t.clock.advance(299_000);
    expect(await standing(value)).toBe('pending');
    await t.clock.advance(1_000);
    await expect(value).rejects.toMatchObject({ name: 'GatewayUnreachableError', taskId: 'a' });
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ name: 'GatewayUnreachableError' });
    await t.welcome();
    const again = result.get();
    t.session.snapshots(snapshot('a')).events(transition('a', 2, 'SUCCESS', { body: '3' }));
    expect(await again).toBe(3);
  });

  test.each<[string, (result: AsyncResult, ...given: unknown[]) => Promise<unknown>]>([
    ['get', (result, ...given) => Reflect.apply(result.get, result, given)],
    ['revoke', (result, ...given) => Reflect.apply(result.revoke, result, given)],
    ['collect', (result, ...given) => Reflect.apply(result.collect, result, given).next()],
    ['iterdeps', (result, ...given) => Reflect.apply(result.iterdeps, result, given).next()],
    ['getLeaf', (result, ...given) => Reflect.apply(result.getLeaf, result, given)],
    ['stream', (result, ...given) => Reflect.apply(result.stream, result, given).next()],
  ])('%s refuses what is no option of it, and what is no object of them', async (name, call) => {
    const result = await t.accepted();
    const near = name === 'revoke' ? 'grace' : 'signal';
    const strange = { [near.toUpperCase()]: 1 };
    await expect(call(result, strange)).rejects.toThrow(
      `${name}() has no option '${near.toUpperCase()}'; did you mean '${near}'?`,
    );
    for (const given of [5, '5s', null, true, [1]])
      await expect(call(result, given)).rejects.toThrow(
        `expected the options of ${name}() to be an object, got: `,
      );
  });

  test.each<[string, (result: AsyncResult, ...given: unknown[]) => Promise<unknown>]>([
    ['forget', (result, ...given) => Reflect.apply(result.forget, result, given)],
    ['refresh', (result, ...given) => Reflect.apply(result.refresh, result, given)],
    ['exists', (result, ...given) => Reflect.apply(result.exists, result, given)],
    ['app.flush', (_, ...given) => Reflect.apply(t.app.flush, t.app, given)],
    ['app.drained', (_, ...given) => Reflect.apply(t.app.drained, t.app, given)],
  ])('%s takes no options but a signal', async (name, call) => {
    const result = await t.accepted();
    await expect(call(result, { timeout: 5 })).rejects.toThrow(`${name}() has no option 'timeout'`);
    for (const given of [5, null])
      await expect(call(result, given)).rejects.toThrow(`expected the options of ${name}() to be an object`);
    await t.turn();
    expect([t.session.forgets, t.session.gets]).toEqual([[], []]);
  });

  test('null is no timeout', async () => {
    const result = await t.accepted();
    const value = result.get({ timeout: null, signal: null, onMessage: null, propagate: null });
    await t.clock.advance(1_000);
    t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
    expect(await value).toBe(3);
  });

  test('refuses a bad timeout', async () => {
    await expect((await t.accepted()).get({ timeout: -1 })).rejects.toMatchObject({ option: 'timeout' });
  });
});
