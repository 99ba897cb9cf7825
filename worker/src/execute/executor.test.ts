import {
  CURRENT_TASK,
  type CurrentTaskSlot,
  INSIDE,
  type InsideTask,
  Serializers,
  SIGNAL,
  type TaskSelf,
} from '@celeriac/client';
import {
  type AssignmentContext,
  CHILDREN,
  decodeFailure,
  type Outcome,
  type WirePayload,
} from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { type FakeTask, fakeTask } from '../../test/fake-app.ts';
import { AbortSource } from './abort-source.ts';
import { fillCurrentTaskSlot } from './current-task.ts';
import { Executor } from './executor.ts';
import { Outflow } from './outflow.ts';

const PAYLOAD_LIMIT = 10_000;

let clock: ManualClock;
let held: (readonly [string, number])[];
let lines: Readonly<Record<string, unknown>>[];
beforeEach(() => {
  clock = new ManualClock();
  held = [];
  lines = [];
});

interface Ran {
  readonly outcome: Outcome;
  readonly progress: readonly (readonly [string, WirePayload])[];
  readonly children: readonly string[];
  /** When the body began to wait for another task, and when it had. */
  readonly waits: readonly boolean[];
  readonly chunks: readonly WirePayload[];
}

/** Runs one task to its end. */
async function run(
  body: (...args: never[]) => unknown,
  given: FakeTask & {
    readonly args?: readonly unknown[];
    readonly abort?: AbortSource;
    readonly outflow?: Outflow;
    readonly name?: string;
    readonly payload?: WirePayload;
    readonly context?: Partial<AssignmentContext>;
  } = {},
): Promise<Ran> {
  const {
    args = [],
    payload = JSON.stringify(args),
    abort = new AbortSource(),
    outflow = new Outflow(),
    name = 'work',
    context = {},
    ...task
  } = given;
  const executor = new Executor({
    worker: 'worker-1',
    clock,
    log: pino({ level: 'info', base: {} }, { write: (line) => void lines.push(JSON.parse(line)) }),
    tasks: new Map([['work', fakeTask('work', body, task)]]),
    payloadLimit: () => PAYLOAD_LIMIT,
    onEntered: () => undefined,
    onHeld: (...facts) => void held.push(facts),
  });
  const progress: (readonly [string, WirePayload])[] = [];
  const waits: boolean[] = [];
  const chunks: WirePayload[] = [];
  const call = { id: 'id-1', retries: 1, etaAt: clock.now(), payload, ...context };
  return new Promise((resolve) => {
    executor.execute(assignment(name, args, call), abort, outflow, {
      emit: (chunk) => void chunks.push(chunk),
      progress: (...item) => void progress.push(item),
      waits: (waiting) => void waits.push(waiting),
      settled: (outcome, children) => resolve({ outcome, children, progress, waits, chunks }),
    });
  });
}

function messageOf(outcome: Outcome): string {
  const [kind, error] = outcome;
  return kind === 'failure' && error !== undefined ? decodeFailure(error).message : `it ended as ${kind}`;
}

function currentTask(): TaskSelf | undefined {
  return (globalThis as CurrentTaskSlot)[CURRENT_TASK]?.();
}

test('a plain function gets its arguments, a bound one self before them', async () => {
  expect((await run((x: number, y: number) => x + y, { args: [2, 3] })).outcome).toEqual(['success', '5']);
  const bound = await run((self: TaskSelf, x: number) => [self.name, x], { bind: true, args: [2] });
  expect(bound.outcome).toEqual(['success', '["work",2]']);
});

test('what answers at once is reported before the call returns', () => {
  const executor = new Executor({
    worker: 'w',
    clock,
    log: pino({ level: 'silent' }),
    tasks: new Map([['work', fakeTask('work', () => 1)]]),
    payloadLimit: () => PAYLOAD_LIMIT,
    onEntered: () => undefined,
    onHeld: () => undefined,
  });
  const outcomes: Outcome[] = [];
  executor.execute(assignment('work'), new AbortSource(), new Outflow(), {
    emit: () => undefined,
    progress: () => undefined,
    waits: () => undefined,
    settled: (outcome) => void outcomes.push(outcome),
  });
  expect(outcomes).toEqual([['success', '1']]);
});

test('promises and thenables are waited for', async () => {
  expect((await run(async () => 'later')).outcome).toEqual(['success', '"later"']);
  // biome-ignore lint/suspicious/noThenProperty: a query builder looks like this
  const lazy = { then: (resolve: (value: string) => void) => resolve('asked') };
  expect((await run(() => lazy)).outcome).toEqual(['success', '"asked"']);
  expect(messageOf((await run(() => Promise.reject(new Error('no')))).outcome)).toBe('no');
  const hostile = Object.defineProperty({}, 'then', { get: () => JSON.parse('}') });
  expect((await run(() => hostile)).outcome[0]).toBe('failure');
});

test('a traceback names the line of the task', async () => {
  const { outcome } = await run(() => {
    throw new Error('here');
  });
  const [, error] = outcome;
  expect(decodeFailure(typeof error === 'string' ? error : '').traceback).toMatch(/executor\.test\.ts:\d+/);
});

test('a wrong number of arguments never enters the body', async () => {
  let entered = false;
  const { outcome } = await run(() => (entered = true), {
    arity: { min: 2, max: 2 },
    args: [1],
    autoretryFor: [TypeError],
  });
  expect(messageOf(outcome)).toBe('work() takes exactly 2 arguments (1 given)');
  expect(entered).toBe(false);
});

test('a task that is not registered goes back to the queue', async () => {
  const { outcome } = await run(() => 0, { name: 'other' });
  expect([outcome[0], outcome[2]]).toEqual(['rejected', true]);
});

test('self.request tells about the call', async () => {
  let self: TaskSelf | undefined;
  await run(
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
    eta: new Date(clock.now()),
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
    await run(body, {
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
  const short = await run(() => 0, { arity: { min: 2, max: 2 }, context: { prepend: ['2'] } });
  expect(messageOf(short.outcome)).toBe('work() takes exactly 2 arguments (1 given)');
});

describe('self.updateState', () => {
  test('reports state and meta as they are at the call', async () => {
    const meta = { done: 1 };
    const { progress } = await run(
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
      const { outcome, progress } = await run((self: TaskSelf) => self.updateState({ state }), {
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
    const { outcome } = await run((self: TaskSelf) => self.updateState({ state: 'BIG', meta }), {
      bind: true,
    });
    expect(messageOf(outcome)).toBe('meta of BIG in work has 10002 characters, the limit is 10000');
  });
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
    const { outcome } = await run((self: TaskSelf) => self.retry(options), { bind: true });
    expect([outcome[0], outcome[3]]).toEqual(['retry', countdownMs]);
  });

  test.each([
    [{ countdown: -1 }, 'expected countdown to be'],
    [{ countdown: 1, eta: new Date() }, 'countdown or eta'],
    [{ maxRetries: 1.5 }, 'expected maxRetries to be'],
    [{ eta: new Date('never') }, 'expected eta to be a valid Date'],
  ])('%j fails the task', async (options, message) => {
    const { outcome } = await run((self: TaskSelf) => self.retry(options), { bind: true });
    expect(messageOf(outcome)).toMatch(message);
  });

  test('is not undone by autoretryFor', async () => {
    const { outcome } = await run((self: TaskSelf) => self.retry({ countdown: 3 }), {
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
  await run(body, { bind: true, abort });
  expect(seen).toEqual([new Error('first'), true]);
  const early = new AbortSource();
  early.abort(new Error('early'));
  expect(early.signal.reason).toEqual(new Error('early'));
});

test('currentTask is each task’s own, across awaits and side by side', async () => {
  fillCurrentTaskSlot();
  const seen: (string | undefined)[] = [];
  const gates = new Map<string, () => void>();
  const body = async (label: string): Promise<boolean> => {
    const before = currentTask();
    await new Promise<void>((resolve) => gates.set(label, resolve));
    seen.push(label);
    await Promise.resolve();
    const args = currentTask()?.request.args;
    return before !== undefined && before === currentTask() && args?.[0] === label;
  };
  const both = [run(body, { args: ['a'] }), run(body, { args: ['b'] })];
  gates.get('b')?.();
  gates.get('a')?.();
  expect((await Promise.all(both)).map(({ outcome }) => outcome)).toEqual([
    ['success', 'true'],
    ['success', 'true'],
  ]);
  expect(seen).toEqual(['b', 'a']);
  expect(currentTask()).toBeUndefined();
});

test('says how long a body held the event loop', async () => {
  await run(async () => {
    await clock.advance(0);
  });
  expect(held).toEqual([['work', 0]]);
});

describe('the log', () => {
  test('has what the task says, with its id and the name its caller wants shown', async () => {
    const body = (self: TaskSelf): void => {
      self.log.info('begun', { part: 1 });
      self.log.warn('slow');
      self.log.error('bad');
    };
    await run(body, { bind: true, context: { shadow: 'work for Ada' } });
    expect(lines).toMatchObject([
      { level: 30, msg: 'begun', part: 1, task: 'work for Ada', id: 'id-1' },
      { level: 40, msg: 'slow' },
      { level: 50, msg: 'bad' },
    ]);
  });

  const fails = (): never => {
    throw new RangeError('too far');
  };

  test('tells of a failure with its traceback, and of its arguments only what may be shown', async () => {
    await run(fails, { args: ['secret'], context: { argsRepr: '(***)' } });
    expect(lines).toMatchObject([
      { level: 50, task: 'work', id: 'id-1', args: '(***)', error: 'RangeError: too far' },
    ]);
    expect(lines[0]?.['traceback']).toMatch('executor.test.ts');
    expect(JSON.stringify(lines)).not.toMatch('secret');
  });

  test('is calm about what the task says it throws', async () => {
    const { outcome } = await run(fails, { throws: ['RangeError'] });
    expect(outcome[0]).toBe('failure');
    expect(lines).toMatchObject([{ level: 30, error: 'RangeError: too far' }]);
    expect(lines[0]).not.toHaveProperty('traceback');
  });

  test('is calm about a retry, and no longer when none is left', async () => {
    const outcomes = [
      (await run(fails, { autoretryFor: [RangeError] })).outcome[0],
      (await run(fails, { autoretryFor: [RangeError], context: { retries: 3 } })).outcome[0],
    ];
    expect(outcomes).toEqual(['retry', 'failure']);
    expect(lines.map(({ level }) => level)).toEqual([30, 50]);
  });

  test('is calm about a body that ends because it was asked to', async () => {
    const abort = new AbortSource();
    abort.abort(new Error('revoked'));
    await run((self: TaskSelf) => self.signal.throwIfAborted(), { bind: true, abort });
    expect(lines).toMatchObject([{ level: 30, error: 'Error: revoked' }]);
  });
});

describe('handlers', () => {
  let calls: unknown[][];
  beforeEach(() => {
    calls = [];
    fillCurrentTaskSlot();
  });

  const note = async (name: string, self: TaskSelf, ...facts: unknown[]): Promise<void> => {
    await Promise.resolve();
    calls.push([name, self.request.id, currentTask() === self, ...facts]);
  };
  const handlers: FakeTask['handlers'] = {
    beforeStart: (self) => note('beforeStart', self),
    onSuccess: (self, result) => note('onSuccess', self, result),
    onFailure: (self, error) => note('onFailure', self, error),
    onRetry: (self, error) => note('onRetry', self, error),
    afterReturn: (self, state, value) => note('afterReturn', self, state, value),
  };
  const error = new RangeError('no');
  const body = (self: TaskSelf, how: string): string => {
    calls.push(['body']);
    if (how === 'fail') throw error;
    if (how === 'retry') self.retry({ exc: error });
    if (how === 'ignore') throw Object.assign(new Error('ignored'), { [SIGNAL]: { kind: 'ignore' } });
    return how;
  };
  const before = [['beforeStart', 'id-1', true], ['body']];
  const failed = [
    ['onFailure', 'id-1', true, error],
    ['afterReturn', 'id-1', true, 'FAILURE', error],
  ];

  test.each([
    ['ok', 0, [...before, ['onSuccess', 'id-1', true, 'ok'], ['afterReturn', 'id-1', true, 'SUCCESS', 'ok']]],
    ['fail', 0, [...before, ...failed]],
    ['retry', 0, [...before, ['onRetry', 'id-1', true, error]]],
    ['retry', 3, [...before, ...failed]],
    ['ignore', 0, before],
  ])('around a body that ends with %s after %i retries', async (how, retries, expected) => {
    await run(body, { bind: true, handlers, args: [how], context: { retries } });
    expect(calls).toEqual(expected);
  });

  test('hear of arguments that do not fit, though the body never began', async () => {
    await run(body, { bind: true, handlers, arity: { min: 1, max: 1 } });
    expect(calls.map(([name]) => name)).toEqual(['onFailure', 'afterReturn']);
  });

  test('that fail are told of, and change nothing', async () => {
    const fail = (): never => {
      throw new Error('handler');
    };
    const { outcome } = await run(body, {
      bind: true,
      args: ['ok'],
      handlers: { beforeStart: fail, onSuccess: fail, afterReturn: async () => fail() },
    });
    expect(outcome).toEqual(['success', '"ok"']);
    expect(lines.map(({ handler, level, error }) => [handler, level, error])).toEqual([
      ['beforeStart', 50, 'Error: handler'],
      ['onSuccess', 50, 'Error: handler'],
      ['afterReturn', 50, 'Error: handler'],
    ]);
  });

  test('are not told how an attempt ended that was asked to stop: the gateway has decided', async () => {
    const abort = new AbortSource();
    const stopped = (): never => {
      abort.abort(new Error('revoked'));
      throw error;
    };
    await run(stopped, { abort, handlers });
    expect(calls.map(([name]) => name)).toEqual(['beforeStart']);
  });
});

describe('calls made inside', () => {
  function insideOf(self: TaskSelf): InsideTask {
    return (self as TaskSelf & { readonly [INSIDE]: InsideTask })[INSIDE];
  }

  test('become children, each once and in order, those of handlers included', async () => {
    const body = (self: TaskSelf): string => {
      for (const id of ['a', 'b', 'a']) insideOf(self).called(id);
      return insideOf(self).rootId;
    };
    const handlers: FakeTask['handlers'] = { onSuccess: (self) => insideOf(self).called('c') };
    const { outcome, children } = await run(body, { bind: true, handlers, context: { rootId: 'root' } });
    expect([outcome, children]).toEqual([
      ['success', '"root"'],
      ['a', 'b', 'c'],
    ]);
    const many = await run(
      (self: TaskSelf) => {
        for (let count = 0; count <= CHILDREN; count++) insideOf(self).called(`child-${count}`);
        self.retry();
      },
      { bind: true },
    );
    expect([many.outcome[0], many.children.length]).toEqual(['retry', CHILDREN]);
  });

  test('lend the slot from the first wait to the end of the last', async () => {
    const { waits } = await run(
      (self: TaskSelf) => {
        const [first, second] = [insideOf(self).wait(), insideOf(self).wait()];
        first();
        first();
        second();
        insideOf(self).wait()();
      },
      { bind: true },
    );
    expect(waits).toEqual([true, false, true, false]);
  });
});

describe('a call that another serializer wrote', () => {
  const serializers = new Serializers();
  const payload = serializers.encode('devalue', [new Map([['a', new Date(1)]])], 'x');
  const read = (body: WirePayload | null | undefined): unknown => serializers.decode(body ?? '', 'x');

  test('is answered likewise, in its result, its progress and its retry', async () => {
    const { outcome, progress } = await run(
      (self: TaskSelf, given: Map<string, Date>) => {
        self.updateState({ state: 'HALF', meta: new Set(given.keys()) });
        return given;
      },
      { bind: true, payload },
    );
    expect(outcome[0]).toBe('success');
    expect(outcome[1]).toEqual(['application/vnd.devalue+json', expect.any(String)]);
    expect(read(outcome[1] as WirePayload)).toStrictEqual(new Map([['a', new Date(1)]]));
    expect(progress.map(([state, meta]) => [state, read(meta)])).toStrictEqual([['HALF', new Set(['a'])]]);
    const retried = await run((self: TaskSelf) => self.retry({ args: [1n] }), { bind: true, payload });
    expect(read(retried.outcome[5])).toEqual([1n]);
  });

  test('without a result says nothing', async () => {
    expect((await run(() => undefined, { payload })).outcome).toEqual(['success', '']);
  });

  test('may stand behind results that are JSON, and the other way round', async () => {
    const behind = await run((...args: unknown[]) => args.length, {
      payload,
      context: { prepend: ['1', '[2]'] },
    });
    expect(read(behind.outcome[1] as WirePayload)).toBe(3);
    const before = await run((first: Map<string, Date>) => [...first.keys()], {
      args: ['own'],
      context: { prepend: [serializers.encode('devalue', new Map([['a', 1]]), 'x')] },
    });
    expect(before.outcome).toEqual(['success', '["a"]']);
  });

  test('fails, naming the content type, when nobody here reads it; its body is not entered', async () => {
    let entered = false;
    const { outcome } = await run(() => (entered = true), { payload: ['application/x-theirs', 'abc'] });
    expect(messageOf(outcome)).toMatch(
      "arguments of work came as 'application/x-theirs', which no serializer",
    );
    expect(entered).toBe(false);
  });

  test('is read by the serializers of its own app', async () => {
    const own = new Serializers();
    own.register({
      name: 'own',
      contentType: 'text/x-own',
      encode: String,
      decode: (body: string) => [body],
    });
    const { outcome } = await run((text: string) => text.toUpperCase(), {
      serializers: own,
      payload: ['text/x-own', 'a'],
    });
    expect(outcome).toEqual(['success', ['text/x-own', 'A']]);
  });
});

test('a meta that JSON would change is refused where it is set', async () => {
  const { outcome, progress } = await run(
    (self: TaskSelf) => self.updateState({ state: 'HALF', meta: { at: new Date(0) } }),
    { bind: true },
  );
  expect(messageOf(outcome)).toMatch('meta of HALF in work: at is a Date, which JSON turns into a string');
  expect(progress).toEqual([]);
});
