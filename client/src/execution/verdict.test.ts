import { type Failure, WorkerLostError } from '@celeriac/protocol';
import {
  decodeFailure,
  MAX_DURATION_MS,
  type Outcome,
  rebuildError,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { type HostedTask, SIGNAL, type TaskSignal } from '../hosting.ts';
import { fakeTask } from '../test/fake-task.ts';
import { type Judged, verdictOnReturn, verdictOnThrow } from './verdict.ts';

class NetworkError extends Error {}
class TimeoutOfNetwork extends NetworkError {}

function judged(task: HostedTask = fakeTask('add', () => 0), payloadLimit = 1_000): Judged {
  return {
    task,
    name: 'add',
    id: 'id-1',
    args: [1, 'two'],
    payload: '[1,"two"]',
    argsRepr: undefined,
    retries: 0,
    maxRetries: 3,
    payloadLimit,
  };
}

function outcomeOfReturn(value: unknown, given: Judged): Outcome {
  return verdictOnReturn(value, given).outcome;
}

function outcomeOfThrow(thrown: unknown, given: Judged): Outcome {
  return verdictOnThrow(thrown, given).outcome;
}

function signal(given: TaskSignal): Error {
  return Object.assign(new Error('signal'), { [SIGNAL]: given });
}

function retry(given: Partial<Extract<TaskSignal, { kind: 'retry' }>> = {}): Error {
  return signal({ kind: 'retry', exc: undefined, countdownMs: null, maxRetries: undefined, ...given });
}

function failureOf(payload: WirePayload | undefined | boolean | number | null): Failure {
  if (typeof payload !== 'string') throw new Error('no failure here');
  return decodeFailure(payload);
}

test('the arguments of a retry go without what is undefined at their end, where JSON writes them', () => {
  const outcome = outcomeOfThrow(retry({ args: [1, undefined] }), judged());
  expect(outcome.at(-1)).toBe('[1]');
});

describe('what a body returns', () => {
  test.each([
    [4, '4'],
    [null, 'null'],
    [undefined, ''],
    ['', '""'],
    [{ a: [1] }, '{"a":[1]}'],
  ])('%j is a success', (value, body) => {
    expect(outcomeOfReturn(value, judged())).toEqual(['success', body]);
  });

  test('fails the task by name when JSON cannot carry it', () => {
    for (const [value, message] of [
      [1n, "the value is a BigInt, which JSON cannot carry; serializer: 'devalue' carries it"],
      [() => 0, 'the value is a function, which JSON cannot carry'],
      [
        { items: [1, 2, 3, Number.NaN] },
        "items[3] is NaN, which JSON turns into null; serializer: 'devalue' carries it",
      ],
    ] as const) {
      const [kind, error] = outcomeOfReturn(value, judged());
      expect(kind).toBe('failure');
      expect(failureOf(error)).toMatchObject({ name: 'PayloadError', code: 'BAD_PAYLOAD' });
      expect(failureOf(error).message).toBe(`result of add: ${message}`);
    }
  });

  test('fails the task by name when it is too large', () => {
    const [kind, error] = outcomeOfReturn('x'.repeat(1_000), judged());
    expect(kind).toBe('failure');
    expect(failureOf(error).message).toBe('result of add has 1002 characters, the limit is 1000');
  });
});

describe('what a body throws', () => {
  test('an error is a failure with its traceback', () => {
    const [kind, error] = outcomeOfThrow(new RangeError('too far'), judged());
    expect(kind).toBe('failure');
    expect(failureOf(error)).toMatchObject({ name: 'RangeError', message: 'too far' });
    expect(failureOf(error).traceback).toMatch('verdict.test.ts');
  });

  test.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ code: 7 }, '{"code":7}'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%s is a failure as well', (thrown, message) => {
    const [kind, error] = outcomeOfThrow(thrown, judged());
    expect([kind, failureOf(error).message]).toEqual(['failure', message]);
  });

  test('an error that resists being described is still a failure', () => {
    const hostile = Object.defineProperty(new Error('x'), 'message', { get: () => JSON.parse('}') });
    expect(outcomeOfThrow(hostile, judged())[0]).toBe('failure');
    const odd = Object.assign(new Error('x'), { name: 5, message: undefined });
    expect(outcomeOfThrow(odd, judged())[0]).toBe('failure');
  });

  test('an error that is too large loses its cause, its data and its traceback, not its name', () => {
    const large = Object.assign(new Error('m'.repeat(500), { cause: new Error('c'.repeat(5_000)) }), {
      data: 'd'.repeat(5_000),
    });
    const [, error] = outcomeOfThrow(large, judged());
    expect(String(error).length).toBeLessThanOrEqual(1_000);
    expect(failureOf(error)).toEqual({ name: 'Error', message: 'm'.repeat(500) });
  });

  test('an error too large for its traceback still arrives as what it was', () => {
    const lost = new WorkerLostError('no worker came back');
    lost.stack = 'at place\n'.repeat(500);
    const [, error] = outcomeOfThrow(lost, judged());
    expect(rebuildError(failureOf(error))).toBeInstanceOf(WorkerLostError);
    const [, other] = outcomeOfThrow(Object.assign(lost, { code: 'C'.repeat(2_000) }), judged());
    expect(failureOf(other).code).toBeUndefined();
  });

  test('Ignore and Reject', () => {
    expect(outcomeOfThrow(signal({ kind: 'ignore' }), judged())).toEqual(['ignored']);
    const reason = new Error('not mine');
    const [kind, error, requeue] = outcomeOfThrow(
      signal({ kind: 'reject', reason, requeue: true }),
      judged(),
    );
    expect([kind, failureOf(error).message, requeue]).toEqual(['rejected', 'not mine', true]);
    const bare = outcomeOfThrow(signal({ kind: 'reject', reason: undefined, requeue: false }), judged());
    expect([bare[0], failureOf(bare[1]).message, bare[2]]).toEqual(['rejected', 'signal', false]);
  });
});

describe('a retry', () => {
  test('shows the error it was given, and fails with it in the end', () => {
    const outcome = outcomeOfThrow(retry({ exc: new NetworkError('down'), countdownMs: 50 }), judged());
    expect(outcome).toHaveLength(4);
    expect(failureOf(outcome[1]).message).toBe('down');
    expect(outcome[2]).toBe(outcome[1]);
    expect(outcome[3]).toBe(50);
  });

  test('without an error fails in the end with what could not be retried', () => {
    const outcome = outcomeOfThrow(retry(), judged());
    expect(failureOf(outcome[1]).message).toBe('signal');
    expect(failureOf(outcome[2])).toMatchObject({
      name: 'MaxRetriesExceededError',
      code: 'MAX_RETRIES_EXCEEDED',
      message: `Can't retry add[id-1] args: [1,"two"]`,
    });
    expect(outcome[3]).toBeNull();
  });

  test('fails the task here when no retries are left, by the rule of the gateway', () => {
    const last = { ...judged(), retries: 3 };
    const given = new NetworkError('down');
    const { outcome, value } = verdictOnThrow(retry({ exc: given }), last);
    expect([outcome[0], failureOf(outcome[1]).message, value]).toEqual(['failure', 'down', given]);
    expect(verdictOnThrow(retry(), last).value).toMatchObject({ name: 'MaxRetriesExceededError' });
    expect(outcomeOfThrow(retry({ maxRetries: 4 }), last)[0]).toBe('retry');
    expect(outcomeOfThrow(retry({ maxRetries: null }), last)[0]).toBe('retry');
    expect(outcomeOfThrow(retry({ maxRetries: 0 }), judged())[0]).toBe('failure');
    expect(outcomeOfThrow(retry(), { ...last, maxRetries: null })[0]).toBe('retry');
  });

  test('carries new arguments', () => {
    const outcome = outcomeOfThrow(retry({ args: [5], countdownMs: 0 }), judged());
    expect(outcome.slice(3)).toEqual([0, 'task', '[5]']);
    const limited = outcomeOfThrow(retry({ args: [], maxRetries: null }), judged());
    expect(limited.slice(3)).toEqual([null, null, '[]']);
  });

  test('with arguments that cannot travel fails the task by name', () => {
    const what = 'arguments of add for its retry';
    const failed = (args: readonly unknown[]): Failure => {
      const [kind, error] = outcomeOfThrow(retry({ args }), judged());
      expect(kind).toBe('failure');
      return failureOf(error);
    };
    expect(failed([1n])).toMatchObject({ name: 'PayloadError' });
    expect(failed([1n]).message).toMatch(`${what}: [0] is a BigInt`);
    expect(failed(['x'.repeat(1_000)]).message).toBe(`${what} has 1004 characters, the limit is 1000`);
  });

  test('shows of the arguments what it can, and what it may', () => {
    const args: unknown[] = [];
    args.push(args);
    expect(String(verdictOnThrow(retry(), { ...judged(), args, retries: 3 }).value)).toMatch('args: […]');
    // Thirty lists, each twice in the next one: a billion in writing.
    let doubled: unknown[] = [];
    for (let level = 0; level < 30; level++) doubled = [doubled, doubled];
    expect(String(verdictOnThrow(retry(), { ...judged(), args: doubled, retries: 3 }).value)).toMatch(
      'args: […]',
    );
    const secret = { ...judged(), argsRepr: '(***)', retries: 3 };
    expect(String(verdictOnThrow(retry(), secret).value)).toMatch("Can't retry add[id-1] args: (***)");
  });

  test('carries a limit of its own, null included', () => {
    expect(outcomeOfThrow(retry({ maxRetries: 9 }), judged())[4]).toBe(9);
    expect(outcomeOfThrow(retry({ maxRetries: null }), judged())[4]).toBeNull();
  });
});

test('a retry in a thousand years is one the gateway can read', () => {
  const outcome = outcomeOfThrow(retry({ countdownMs: 1e15, maxRetries: 1e9 }), judged());
  expect(outcome.slice(3)).toEqual([MAX_DURATION_MS, 1_000_000]);
});

describe('autoretryFor', () => {
  test.each([
    [[NetworkError], new NetworkError('x'), 'retry'],
    [[NetworkError], new TimeoutOfNetwork('x'), 'retry'],
    [['NetworkError'], new TimeoutOfNetwork('x'), 'retry'],
    [['Coded'], Object.assign(new Error('x'), { name: 'Coded' }), 'retry'],
    [[Error], 'not an error', 'failure'],
    [[TimeoutOfNetwork], new NetworkError('x'), 'failure'],
    [[], new NetworkError('x'), 'failure'],
  ])('%j and %s', (autoretryFor, thrown, kind) => {
    const outcome = outcomeOfThrow(thrown, judged(fakeTask('add', () => 0, { autoretryFor })));
    expect(outcome[0]).toBe(kind);
    if (kind === 'retry') expect(outcome.slice(1)).toEqual([outcome[1], outcome[1], null]);
  });

  test('makes the exceptions that dontAutoretryFor lists', () => {
    const task = fakeTask('add', () => 0, {
      autoretryFor: [NetworkError],
      dontAutoretryFor: ['TimeoutOfNetwork'],
    });
    expect(outcomeOfThrow(new NetworkError('x'), judged(task))[0]).toBe('retry');
    expect(outcomeOfThrow(new TimeoutOfNetwork('x'), judged(task))[0]).toBe('failure');
  });

  test('survives an error whose name cannot be read', () => {
    const hostile = Object.defineProperty(new Error('x'), 'name', { get: () => JSON.parse('}') });
    const task = fakeTask('add', () => 0, { autoretryFor: ['NetworkError'] });
    expect(outcomeOfThrow(hostile, judged(task))[0]).toBe('failure');
  });

  test('signals win over it', () => {
    const task = fakeTask('add', () => 0, { autoretryFor: [Error] });
    expect(outcomeOfThrow(signal({ kind: 'ignore' }), judged(task))).toEqual(['ignored']);
    expect(outcomeOfThrow(signal({ kind: 'reject', reason: 'no', requeue: false }), judged(task))[0]).toBe(
      'rejected',
    );
    expect(outcomeOfThrow(retry({ countdownMs: 7 }), judged(task))[3]).toBe(7);
  });
});
