import { MaxRetriesExceededError, UsageError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CURRENT_TASK, type CurrentTaskSlot, INSIDE, type TaskSelf } from '../hosting.ts';
import { type AsyncResult, Ignore, Reject } from '../index.ts';
import { TestApp } from '../test/app.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp({ alwaysEager: true });
});

const states = (result: { history: readonly { state: string }[] }): readonly string[] =>
  result.history.map(({ state }) => state);

test('a call runs here, and its handle looks like any other', async () => {
  const add = t.app.task('add', (x: number, y: number) => x + y);
  const result = add.delay(2, 2);
  expect(result.ready()).toBe(true);
  expect(await result.get()).toBe(4);
  expect(await result.accepted).toMatchObject({ id: result.id, queue: 'default', kept: true });
  expect(states(result)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  expect(await result.revoke()).toBe('already-done');
  expect(await result.refresh()).toMatchObject({ state: 'SUCCESS', result: 4 });
  expect(t.gateway.sessions).toHaveLength(0);
});

test('apply does the same for one call', async () => {
  t = new TestApp();
  const add = t.app.task('add', async (x: number, y: number) => x + y);
  const result = add.apply([2, 2], { taskId: 'mine' });
  expect([result.id, result.ready()]).toEqual(['mine', false]);
  expect(await result.get({ timeout: 1 })).toBe(4);
  expect(t.gateway.sessions).toHaveLength(0);
});

test('arguments and results go through the serializer', async () => {
  const echo = t.app.task('echo', (x: unknown) => x);
  const given = { at: [1], left: undefined };
  const result = echo.delay(given);
  const echoed = await result.get();
  expect(echoed).not.toBe(given);
  expect(Object.keys(Object(echoed))).toEqual(['at']);
  const unwritable = t.app.task('unwritable', () => 1n);
  await expect(unwritable.delay().get()).rejects.toMatchObject({ name: 'PayloadError' });
});

test('retries as a worker does, without waiting', async () => {
  const flaky = t.app.task('flaky', { bind: true, maxRetries: 2 }, (self) => {
    self.updateState({ state: 'TRYING', meta: self.request.attempt });
    if (self.request.retries < 2) self.retry({ countdown: '1h' });
    return self.request.attempt;
  });
  const result = flaky.delay();
  expect(states(result)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
  expect(await result.get()).toBe(3);
});

test('fails with the error when no retries are left', async () => {
  const hopeless = t.app.task('hopeless', { maxRetries: 1, autoretryFor: [TypeError] }, (): number => {
    throw new TypeError('again');
  });
  const result = hopeless.delay();
  expect(states(result)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'FAILURE']);
  await expect(result.get()).rejects.toThrow(new TypeError('again'));
  const silent = t.app.task('silent', { bind: true, maxRetries: 0 }, (self) => self.retry());
  await expect(silent.delay().get()).rejects.toBeInstanceOf(MaxRetriesExceededError);
});

test('calls the handlers in order, and what they throw changes nothing', async () => {
  const complained = vi.spyOn(console, 'error').mockReturnValue();
  const seen: unknown[] = [];
  const task = t.app.task(
    'handled',
    {
      bind: true,
      maxRetries: 1,
      autoretryFor: [Error],
      dontAutoretryFor: ['RangeError'],
      beforeStart: (self) => seen.push(['before', self.request.attempt]),
      onRetry: (_self, error) => seen.push(['retry', error]),
      onSuccess: (_self, result) => seen.push(['success', result]),
      onFailure: (_self, error) => seen.push(['failure', error]),
      afterReturn: (_self, state) => {
        seen.push(['after', state]);
        throw new Error('ours');
      },
    },
    (self, error: boolean) => {
      if (error) throw new RangeError('at once');
      if (self.request.retries === 0) self.retry({ exc: 'again', args: [false] });
      return 7;
    },
  );
  expect(await task.delay(false).get()).toBe(7);
  expect(await task.delay(true).get({ propagate: false })).toBeInstanceOf(RangeError);
  expect(seen).toEqual([
    ['before', 1],
    ['retry', 'again'],
    ['before', 2],
    ['success', 7],
    ['after', 'SUCCESS'],
    ['before', 1],
    ['failure', new RangeError('at once')],
    ['after', 'FAILURE'],
  ]);
  expect(complained).toHaveBeenCalledTimes(2);
  complained.mockRestore();
});

test('ignores and rejects', async () => {
  const ignored = t.app.task('ignored', (): void => {
    throw new Ignore();
  });
  const rejected = t.app.task('rejected', async () => {
    throw new Reject(new Error('not mine'));
  });
  expect([await ignored.delay().get(), ignored.delay().state]).toEqual([undefined, 'IGNORED']);
  await expect(rejected.delay().get()).rejects.toThrow('not mine');
});

test('whatever is thrown is a failure that says something', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const [place, thrown] of [proxy, null, Symbol('s'), Object.create(null)].entries()) {
    const options = { autoretryFor: [RangeError, 'Other'] };
    const hostile = t.app.task(`hostile${place}`, options, async (): Promise<void> => {
      throw thrown;
    });
    expect(await hostile.delay().get({ propagate: false })).toHaveProperty(
      'message',
      expect.stringMatching(/./),
    );
  }
});

test('runs what is linked to it', async () => {
  const seen: unknown[] = [];
  const note = t.app.task('note', { typing: false }, (...words: unknown[]) => void seen.push(words));
  const add = t.app.task('add', async (x: number, y: number) => x + y);
  const fail = t.app.task('fail', (): number => {
    throw new TypeError('bad');
  });
  const links = { link: [note.s('link'), note.si('immutable')], linkError: note.s('error') };
  await add.applyAsync([1, 2], links).get();
  await fail.applyAsync([], { ...links, taskId: 'me' }).get({ propagate: false });
  expect(seen).toEqual([
    [3, 'link'],
    ['immutable'],
    ['me', expect.objectContaining({ name: 'TypeError', message: 'bad' }), 'error'],
  ]);
});

test('needs the definition', () => {
  expect(() => t.app.sendTask('elsewhere', [])).toThrow(UsageError);
});

test('handlers follow one another, and the body the one before it, also where they take their time', async () => {
  const seen: string[] = [];
  const slowly = async (word: string): Promise<void> => {
    seen.push(`${word} begins`);
    await Promise.resolve();
    await Promise.resolve();
    seen.push(`${word} ends`);
  };
  const task = t.app.task(
    'slow',
    {
      beforeStart: () => slowly('before'),
      onSuccess: () => slowly('success'),
      afterReturn: () => slowly('after'),
    },
    () => seen.push('body'),
  );
  const result = task.delay();
  expect(result.ready()).toBe(false);
  await result.get();
  await vi.waitFor(() => expect(seen).toContain('after ends'));
  expect(seen).toEqual([
    'before begins',
    'before ends',
    'body',
    'success begins',
    'success ends',
    'after begins',
    'after ends',
  ]);
});

test('a handler before the body is waited for only as long as it may take', async () => {
  const task = t.app.task(
    'stuck',
    { beforeStart: () => new Promise(() => {}), handlerTimeout: '5s' },
    () => 1,
  );
  const result = task.delay();
  await t.clock.advance(4_999);
  expect(result.ready()).toBe(false);
  await t.clock.advance(1);
  expect(await result.get()).toBe(1);
});

describe('as a worker does it', () => {
  const untilAborted = (signal: AbortSignal): Promise<unknown> =>
    new Promise((resolve) => signal.addEventListener('abort', resolve));

  test('the soft limit asks the body to stop, and the hard one ends the task whatever it does', async () => {
    const seen: unknown[] = [];
    const note = t.app.task('note', { typing: false }, (...given: unknown[]) => void seen.push(given.length));
    const options = {
      bind: true,
      softTimeLimit: 1,
      timeLimit: 2,
      onFailure: () => seen.push('onFailure'),
    } as const;
    let end = (): void => {};
    const deaf = t.app.task('deaf', options, async (self) => {
      await untilAborted(self.signal);
      seen.push(self.signal.reason.name);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      throw new Error('late');
    });
    const result = deaf.applyAsync([], { linkError: note.s() });
    await t.clock.advance(1_000);
    expect([seen, result.state]).toEqual([['SoftTimeLimitExceeded'], 'STARTED']);
    await t.clock.advance(1_000);
    expect(result.history.at(-1)).toMatchObject({ state: 'FAILURE', reason: 'timed-out' });
    await expect(result.get()).rejects.toMatchObject({ name: 'TimeLimitExceeded' });
    end();
    await t.turn();
    expect(seen).toEqual(['SoftTimeLimitExceeded', 2]);
    expect(t.clock.timers).toBe(0);
  });

  test('a body that ends in time leaves no timer, and limits do not count handlers', async () => {
    const soon = (): Promise<void> => Promise.resolve();
    const options = { softTimeLimit: 1, timeLimit: 2, beforeStart: soon, onSuccess: soon };
    const result = t.app.task('quick', options, async () => 1).delay();
    expect(await result.get()).toBe(1);
    await t.turn();
    expect(t.clock.timers).toBe(0);
  });

  test('handlers after the body have a time of their own', async () => {
    const reasons: unknown[] = [];
    const options = {
      bind: true,
      handlerTimeout: '1s',
      onSuccess: async ({ signal }: TaskSelf) => {
        await untilAborted(signal);
        reasons.push(String(signal.reason));
      },
    } as const;
    const complained = vi.spyOn(console, 'error').mockReturnValue();
    const result = t.app.task('tells', options, () => 1).delay();
    expect(await result.get()).toBe(1);
    await t.clock.advance(1_000);
    expect(reasons).toEqual([
      `TimeLimitExceeded: the handlers of tells[${result.id}] ran longer than their handlerTimeout`,
    ]);
    expect(complained).toHaveBeenCalledOnce();
    complained.mockRestore();
    expect(t.clock.timers).toBe(0);
  });

  test('a running task is revoked once, and how its body ends is nobody’s business any more', async () => {
    const seen: unknown[] = [];
    const stays = t.app.task(
      'stays',
      { bind: true, onSuccess: () => seen.push('onSuccess') },
      async (self) => {
        await untilAborted(self.signal);
        seen.push(self.signal.reason.code);
        self.updateState({ state: 'LATE' });
        return 'late';
      },
    );
    const result = stays.delay();
    expect([await result.revoke(), await result.revoke()]).toEqual(['revoked', 'already-done']);
    await expect(result.get()).rejects.toMatchObject({ code: 'TASK_REVOKED' });
    await t.turn();
    expect([seen, result.state]).toEqual([['TASK_REVOKED'], 'REVOKED']);
  });

  test('a retry is not waited for, but what would have expired by then has', async () => {
    const again = t.app.task('again', { bind: true }, (self) => self.retry({ countdown: 60 }));
    const result = again.applyAsync([], { expires: '150s' });
    expect(states(result)).toEqual([
      'PENDING',
      'STARTED',
      'RETRY',
      'STARTED',
      'RETRY',
      'STARTED',
      'RETRY',
      'REVOKED',
    ]);
    expect(result.history.at(-1)?.reason).toBe('expired');
  });

  test('retries without end let others have their turn', async () => {
    const never = t.app.task('never', { bind: true, maxRetries: null }, (self) => self.retry());
    const result = never.delay();
    expect([result.state, result.retries]).toEqual(['RETRY', 1_000]);
    await result.revoke();
    await t.clock.advance(1_000);
    expect([result.state, result.retries, t.clock.timers]).toEqual(['REVOKED', 1_000, 0]);
  });

  test('a task does not wait for another one', async () => {
    const inner = t.app.task('inner', () => 1);
    const outer = t.app.task('outer', () => inner.delay().get());
    await expect(outer.delay().get()).rejects.toThrow("task outer waits for another task's result");
  });

  test('a handle made of its id hears of all that comes', async () => {
    let end = (): void => {};
    const slow = t.app.task('slow', { bind: true, ignoreResult: true }, async (self) => {
      self.updateState({ state: 'HALF', meta: 1 });
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return 2;
    });
    const other = t.app.AsyncResult(slow.delay().id);
    expect([other.state, other.info]).toEqual(['HALF', 1]);
    end();
    expect(await other.get({ timeout: 1 })).toBe(2);
    await expect(t.app.AsyncResult(other.id).get()).rejects.toMatchObject({ code: 'RESULT_GONE' });
  });

  test('a call that a handler makes names its task as its parent', async () => {
    const inner: AsyncResult[] = [];
    const child = t.app.task('child', () => 1);
    const task = t.app.task('task', { onSuccess: () => inner.push(child.delay()) }, () => 1);
    const result = task.delay();
    const [parent] = inner.map((one) => one.parent);
    expect([result.children, parent?.id, parent?.name]).toEqual([[], result.id, 'task']);
  });
});

describe('beside a gateway', () => {
  beforeEach(() => {
    t = new TestApp();
  });

  test('what a local call sends is its child, and its handle asks the gateway', async () => {
    const outer = t.app.task('outer', () => void t.app.sendTask('elsewhere', [], { taskId: 'sent' }));
    const result = outer.apply([]);
    await t.welcome();
    expect(t.session.submits).toEqual([['sent', 'elsewhere', '[]', null, 0, [result.id, result.id], null]]);
    const [child] = result.children;
    expect(child?.known).toBe(false);
    await t.turn();
    expect(t.session.sent('watch').flatMap(({ tasks }) => tasks)).toContainEqual(['sent', 0]);
  });

  test('a local call in a worker’s task is none of the tasks that its gateway knows', () => {
    const called: string[] = [];
    const inside = { rootId: 'root', called: (id: string) => called.push(id), wait: () => () => {} };
    const slot = globalThis as CurrentTaskSlot;
    const before = slot[CURRENT_TASK];
    slot[CURRENT_TASK] = () => ({ name: 'outer', request: { id: 'me' }, [INSIDE]: inside }) as never;
    const result = t.app.task('inner', { bind: true }, (self) => self.request.parentId).apply([]);
    slot[CURRENT_TASK] = before ?? (() => undefined);
    expect([called, result.parent, result.result]).toEqual([[], null, null]);
  });
});
