import type { AssignmentContext } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskSelf } from '../index.ts';
import { messageOf, PAYLOAD_LIMIT, TestExecutor } from '../test/test-executor.ts';
import { AbortSource } from './abort-source.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

test('self.request tells about the call', async () => {
  let self: TaskSelf | undefined;
  await t.run(
    (given: TaskSelf) => {
      self = given;
    },
    { bind: true, args: [] },
  );
  expect(self?.request).toEqual({
    id: 'id-1',
    rootId: 'id-1',
    parentId: null,
    headers: {},
    args: [],
    attempt: 1,
    retries: 1,
    maxRetries: 3,
    queue: 'default',
    priority: 0,
    eta: new Date(t.clock.now()),
    expires: null,
    timeLimit: null,
    softTimeLimit: null,
    worker: 'worker-1',
    redelivered: false,
    calledDirectly: false,
  });
});

test('self.request tells whose child it is, and all that stands in its call', async () => {
  const request = async (context: Partial<AssignmentContext>): Promise<TaskSelf['request'] | undefined> => {
    let self: TaskSelf | undefined;
    const body = (given: TaskSelf): void => {
      self = given;
    };
    await t.run(body, {
      bind: true,
      args: [3],
      arity: { min: 2, max: 2 },
      context: { prepend: ['2'], ...context },
    });
    return self?.request;
  };
  const given = await request({ rootId: 'root', parentId: 'parent', headers: '{"trace":"t"}' });
  expect(given).toMatchObject({ rootId: 'root', parentId: 'parent', headers: { trace: 't' }, args: [2, 3] });
  expect(Object.isFrozen(given?.headers)).toBe(true);
  expect((await request({ headers: '}' }))?.headers).toEqual({});
  expect((await request({ headers: '[1]' }))?.headers).toEqual({});
  const short = await t.run(() => 0, { arity: { min: 2, max: 2 }, context: { prepend: ['2'] } });
  expect(messageOf(short.outcome)).toBe('work() takes exactly 2 arguments (1 given)');
});

describe('self.updateState', () => {
  test('reports state and meta as they are at the call', async () => {
    const meta = { done: 1 };
    const { progress } = await t.run(
      (self: TaskSelf) => {
        self.updateState({ state: 'PROGRESS', meta });
        meta.done = 2;
        self.updateState({ state: 'NEARLY' });
      },
      { bind: true },
    );
    expect(progress).toEqual([
      ['PROGRESS', '{"done":1}'],
      ['NEARLY', ''],
    ]);
  });

  test.each(['SUCCESS', 'PENDING', 'RECEIVED', 'IGNORED'])(
    'refuses %s, which is Celery’s own',
    async (state) => {
      const { outcome, progress } = await t.run((self: TaskSelf) => self.updateState({ state }), {
        bind: true,
      });
      expect(messageOf(outcome)).toMatch(
        `'${state}' is one of Celery's own states; work must use another name`,
      );
      expect(progress).toEqual([]);
    },
  );

  test('refuses a meta that is too large, naming the task', async () => {
    const meta = 'x'.repeat(PAYLOAD_LIMIT);
    const { outcome } = await t.run((self: TaskSelf) => self.updateState({ state: 'BIG', meta }), {
      bind: true,
    });
    expect(messageOf(outcome)).toBe('meta of BIG in work has 10002 characters, the limit is 10000');
  });
});

test('a meta that JSON would change is refused where it is set', async () => {
  const { outcome, progress } = await t.run(
    (self: TaskSelf) => self.updateState({ state: 'HALF', meta: { at: new Date(0) } }),
    { bind: true },
  );
  expect(messageOf(outcome)).toMatch('meta of HALF in work: at is a Date, which JSON turns into a string');
  expect(progress).toEqual([]);
});

describe('self.retry', () => {
  test.each([
    [{}, null],
    [{ countdown: 10 }, 10_000],
    [{ countdown: '250ms' }, 250],
    [{ countdown: 0 }, 0],
    [{ eta: new Date(Date.UTC(2026, 0, 1, 0, 0, 5)) }, 5_000],
    [{ eta: new Date(0) }, 0],
  ])('%j waits %s ms', async (options, countdownMs) => {
    const { outcome } = await t.run((self: TaskSelf) => self.retry(options), { bind: true });
    expect([outcome[0], outcome[3]]).toEqual(['retry', countdownMs]);
  });

  test.each([
    [{ countdown: -1 }, 'expected countdown to be'],
    [{ countdown: 1, eta: new Date(0) }, 'countdown or eta'],
    [{ maxRetries: 1.5 }, 'expected maxRetries to be'],
    [{ eta: new Date('never') }, 'expected eta to be a valid Date'],
  ])('%j fails the task', async (options, message) => {
    const { outcome } = await t.run((self: TaskSelf) => self.retry(options), { bind: true });
    expect(messageOf(outcome)).toMatch(message);
  });

  test('is not undone by autoretryFor', async () => {
    const { outcome } = await t.run((self: TaskSelf) => self.retry({ countdown: 3 }), {
      bind: true,
      autoretryFor: [Error],
    });
    expect(outcome[3]).toBe(3_000);
  });
});

test('the signal aborts with the reason, also when it is first looked at later', async () => {
  const abort = new AbortSource();
  const seen: unknown[] = [];
  const body = async (self: TaskSelf): Promise<void> => {
    self.signal.addEventListener('abort', () => seen.push(self.signal.reason));
    abort.abort(new Error('first'));
    abort.abort(new Error('second'));
    seen.push(self.signal.aborted);
  };
  await t.run(body, { bind: true, abort });
  expect(seen).toEqual([new Error('first'), true]);
  const early = new AbortSource();
  early.abort(new Error('early'));
  expect(early.signal.reason).toEqual(new Error('early'));
});
