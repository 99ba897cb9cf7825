import { getEventListeners } from 'node:events';
import { MaxRetriesExceededError, OptionError, PayloadError, UsageError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { hostedApp } from './hosted-app.ts';
import { taskSignal } from './hosting.ts';
import { Celeriac, currentTask, Ignore, Reject, Retry, type TaskSelf } from './index.ts';
import { TestApp } from './test/app.ts';
import { snapshot } from './test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a task', () => {
  test('called directly runs here, and nothing is sent', () => {
    const add = t.app.task('add', (x: number, y: number) => x + y);
    expect(add(2, 2)).toBe(4);
    expect(add.name).toBe('add');
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test('sends its name, its arguments and its options', async () => {
    const add = t.app.task('add', { queue: 'sums' }, (x: number, y: number) => x + y);
    const first = add.delay(2, 2);
    const { delay, applyAsync } = add;
    delay(3, 3);
    applyAsync([4, 4], { countdown: 10, taskId: 'mine' });
    await t.welcome();
    expect(t.session.submits).toEqual([
      [first.id, 'add', '[2,2]', null, 0],
      [expect.any(String), 'add', '[3,3]', null, 0],
      ['mine', 'add', '[4,4]', { countdownMs: 10_000 }, 0],
    ]);
    expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('is sent without what is undefined at the end of its arguments', async () => {
    const search = t.app.task('search', { arity: [1, 3] }, (text: string, limit?: number, from?: Date) =>
      [text, limit, from].join(),
    );
    search.delay('a', undefined, undefined);
    search.applyAsync(['a', undefined], { link: search.s(1, undefined) });
    t.app.sendTask('search', [undefined]);
    search.applyAsync(['a', undefined], { serializer: 'devalue' });
    await t.welcome();
    const [first, second, third, fourth] = t.session.submits;
    expect([first?.[2], second?.[2], third?.[2]]).toEqual(['["a"]', '["a"]', '[]']);
    expect(second?.[3]).toMatchObject({ link: [{ args: '[1]' }] });
    expect(fourth?.[2]).toEqual([expect.stringContaining('devalue'), '[[1,-1],"a"]']);
    expect(() => t.app.sendTask('search', [undefined, 1])).toThrow('[0] is undefined');
  });

  test('bound and called directly gets a self of this process', () => {
    const seen: TaskSelf[] = [];
    const trouble = new Error('trouble');
    const bound = t.app.task('bound', { bind: true, queue: 'q', arity: [0, 1] }, (self, exc?: Error) => {
      seen.push(self);
      self.updateState({ state: 'PROGRESS', meta: 1 });
      return self.retry({ exc });
    });
    expect(() => bound(trouble)).toThrow(trouble);
    expect(() => bound()).toThrow(MaxRetriesExceededError);
    expect(seen[0]?.request).toMatchObject({ calledDirectly: true, args: [trouble], queue: 'q', retries: 0 });
    expect(seen[0]?.signal.aborted).toBe(false);
    expect(() => seen[0]?.updateState({ state: 'STARTED' })).toThrow(UsageError);
  });

  test('has one name in one app', () => {
    t.app.task('add', () => 1);
    expect(() => t.app.task('add', () => 2)).toThrow(UsageError);
    expect(() => new Celeriac().task('add', () => 2)).not.toThrow();
  });

  test('refuses what it cannot send where it is called', () => {
    const echo = t.app.task('echo', (x: unknown) => x);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => echo.delay(cycle)).toThrow(PayloadError);
    expect(() => echo.delay(1n)).toThrow('arguments of echo: [0] is a BigInt, which JSON cannot carry');
    expect(() => echo.delay('x'.repeat(256 * 1024))).toThrow(/the limit is 262144/);
    expect(() => Reflect.apply(echo.applyAsync, undefined, ['x'])).toThrow(
      /expected the arguments of echo to be an array/,
    );
    expect(() => echo.applyAsync([1], { countdown: -1 })).toThrow(OptionError);
    expect(() => t.app.sendTask('')).toThrow(OptionError);
    expect(() => t.app.AsyncResult('')).toThrow(OptionError);
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test("uses the gateway's own limit once it is known", async () => {
    const echo = t.app.task('echo', (x: unknown) => x);
    echo.delay(1);
    await t.turn();
    t.session.welcome('epoch-1', { payload: 10 });
    expect(() => echo.delay('0123456789')).toThrow(/the limit is 10/);
  });
});

describe('app.tasks', () => {
  test('gives a task of any name, that cannot be called', async () => {
    const app = new TestApp();
    const tasks = app.app.tasks as unknown as Record<
      string,
      { (): unknown; name: string; delay(x: number): unknown }
    >;
    expect(tasks['media.encode']).toBe(tasks['media.encode']);
    expect(tasks['media.encode']?.name).toBe('media.encode');
    tasks['media.encode']?.delay(1);
    await app.welcome();
    expect(app.session.submits).toMatchObject([[expect.any(String), 'media.encode', '[1]', null, 0]]);
    expect(() => tasks['media.encode']?.()).toThrow(TypeError);
    expect(() => tasks['media.encode']?.()).toThrow(/task 'media.encode' is not defined here/);
  });

  test('gives the very tasks that are defined here', () => {
    const add = t.app.task('add', () => 1);
    expect(Reflect.get(t.app.tasks, 'add')).toBe(add);
    expect('add' in t.app.tasks).toBe(true);
    expect('sub' in t.app.tasks).toBe(false);
  });

  test('is no promise', async () => {
    expect(await t.app.tasks).toBe(t.app.tasks);
  });
});

describe('an app', () => {
  test.each([
    [{ urll: 'http://localhost' }, "new Celeriac() has no option 'urll'; did you mean 'url'?"],
    [{ url: 'localhost:7600' }, "expected url to be a URL such as 'http://127.0.0.1:7600'"],
    [{ url: 'ftp://localhost' }, "expected url to be a URL such as 'http://127.0.0.1:7600'"],
    [{ token: 7 }, 'expected token'],
    [{ acceptTimeout: -1 }, 'expected acceptTimeout'],
    [{ giveUpAfter: 'never' }, 'expected giveUpAfter'],
    [{ maxRetries: 'many' }, 'expected maxRetries'],
    [{ arity: [1, 2] }, "no option 'arity'"],
  ])('refuses %j', (options, message) => {
    expect(() => Reflect.construct(Celeriac, [options])).toThrow(OptionError);
    expect(() => Reflect.construct(Celeriac, [options])).toThrow(message);
  });

  test('shows a worker its tasks and options', () => {
    class PaymentError extends Error {}
    const app = new Celeriac({ queue: 'app', defaultRetryDelay: 1 }).registerError(PaymentError);
    app.task('add', { maxRetries: 1, autoretryFor: ['PaymentError'] }, (x: number) => x);
    const hosted = hostedApp(app);
    expect(hosted?.options).toEqual({ queue: 'app', retryDelayMs: 1_000 });
    const add = hosted?.tasks.get('add');
    expect(add?.definition).toEqual({
      name: 'add',
      options: { maxRetries: 1 },
      arity: { min: 1, max: 1 },
      params: ['x'],
    });
    expect(add?.autoretryFor).toEqual(['PaymentError']);
    // The place of app.task(…) above, and nothing of ours before it.
    expect(add?.definedAt.split('\n')[0]).toMatch(/celeriac\.test\.ts:\d+/);
    expect(hosted?.registeredErrors.get('PaymentError')).toBe(PaymentError);
    expect(hostedApp({})).toBeUndefined();
  });

  test('goes where its worker tells it to', async () => {
    t.app.sendTask('add', []);
    await t.welcome();
    hostedApp(t.app)?.host({ url: 'http://127.0.0.1:1', token: null });
    expect(t.gateway.sessions).toHaveLength(2);
    expect(t.gateway.sessions[0]?.closed).toBe(true);
    await t.welcome();
    expect(t.session.submits).toHaveLength(1);
  });

  test('goes where its worker tells it to, though it was refused elsewhere for good', async () => {
    const refused = t.app.sendTask('add', []);
    const rejected = expect(refused.accepted).rejects.toMatchObject({ cause: { code: 'BAD_HOST' } });
    await t.turn();
    t.session.loseForGood('BAD_HOST');
    await rejected;
    expect(t.app.connection.state).toBe('closed');
    hostedApp(t.app)?.host({ url: 'http://127.0.0.1:1', token: null });
    expect(t.app.connection.get()).toEqual({ state: 'idle', reason: null });
    const res = t.app.sendTask('add', []);
    await t.welcome();
    expect(t.session.submits.map(([id]) => id)).toEqual([res.id]);
    const closed = t.app.close({ timeout: 0 });
    await t.clock.advance(0);
    await closed;
    hostedApp(t.app)?.host({ url: 'http://127.0.0.1:1', token: null });
    expect(t.app.connection.state).toBe('closed');
  });

  test('tells who listens how its connection is', async () => {
    const seen: string[] = [];
    const listener = ({ state }: { state: string }): void => void seen.push(state);
    const stop = t.app.connection.subscribe(listener);
    const off = t.app.connection.on('change', listener);
    const controller = new AbortController();
    t.app.connection.on('change', listener, controller);
    t.app.connection.on('change', listener, { signal: AbortSignal.abort() });
    t.app.sendTask('add', []);
    off();
    off();
    controller.abort();
    await t.welcome();
    stop();
    t.session.lose();
    expect(seen).toEqual(['connecting', 'connecting', 'connecting', 'open']);
    expect(t.app.connection.get()).toMatchObject({ state: 'reconnecting' });
  });
});

describe('an app that is closed', () => {
  test('leaves no listener on a signal', async () => {
    const { signal } = new AbortController();
    t.app.connection.on('change', () => {}, { signal });
    t.app.sendTask('add', [], { taskId: 'a' });
    await t.welcome();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    t.session.accept('a');
    await t.app.close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('rejects for a bad option, as everything that waits', async () => {
    const closed = t.app.close({ timeout: 'soon' });
    await expect(closed).rejects.toBeInstanceOf(OptionError);
  });

  test('has not taken back what was accepted', async () => {
    const result = await t.accepted();
    await t.app.close();
    expect(await result.accepted).toMatchObject({ id: 'a' });
    await expect(result.get()).rejects.toThrow('the app was closed');
  });
});

describe('at the end of its scope', () => {
  test('an app is closed, when what it called has its receipt', async () => {
    // As a text: what reads the sources for the import law does not know the statement yet.
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    const call = new AsyncFunction(
      'app',
      "await using mine = app; mine.sendTask('add', [], { taskId: 'a' });",
    );
    const { app } = t;
    const scope = call(app);
    await t.welcome();
    expect(app.connection.state).toBe('open');
    t.session.accept('a');
    await scope;
    expect(app.connection.state).toBe('closed');
  });

  test('a handle on a task is let go', async () => {
    const result = t.app.AsyncResult('a');
    result.on('state', () => {});
    await t.welcome();
    t.session.snapshots(snapshot('a'));
    result[Symbol.dispose]();
    await t.turn();
    expect(t.session.sent('unwatch')).toEqual([['a']]);
  });
});

describe('signals', () => {
  test('carry what the worker needs to know', () => {
    const exc = new Error('why');
    expect(taskSignal(new Retry({ exc, countdown: '2s', maxRetries: null }))).toEqual({
      kind: 'retry',
      exc,
      countdownMs: 2_000,
      maxRetries: null,
    });
    expect(taskSignal(new Retry())).toMatchObject({ countdownMs: null, maxRetries: undefined });
    const eta = new Date(t.clock.now() + 500);
    expect(taskSignal(new Retry({ eta }, t.clock))).toMatchObject({ countdownMs: 500 });
    expect(taskSignal(new Ignore())).toEqual({ kind: 'ignore' });
    expect(taskSignal(new Reject('no', { requeue: true }))).toEqual({
      kind: 'reject',
      reason: 'no',
      requeue: true,
    });
    expect(taskSignal(new Error())).toBeUndefined();
    expect(new Ignore()).toBeInstanceOf(Error);
  });

  test('refuse what cannot be', () => {
    expect(() => new Retry({ countdown: -1 })).toThrow(OptionError);
    expect(() => new Retry({ countdown: 1, eta: new Date() })).toThrow(OptionError);
    expect(() => new Retry({ maxRetries: 0.5 })).toThrow(OptionError);
  });

  test('no task runs outside a worker', () => {
    expect(currentTask()).toBeUndefined();
  });
});
