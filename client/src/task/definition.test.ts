import { OptionError, UsageError } from '@celeriac/protocol';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import type { HostedTask } from '../hosting.ts';
import { Serializers } from '../values/serializers.ts';
import { defineTask } from './definition.ts';

const define = (options: unknown, run: unknown = (x: number, y: number) => x + y): HostedTask =>
  defineTask('add', options, run, 'stack', new Serializers());

function pairOfNumbers(validate: StandardSchemaV1['~standard']['validate']): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

test('null takes an option back, unless it says something itself', () => {
  const taken = [
    'queue',
    'priority',
    'retryBackoff',
    'acksLate',
    'timeLimit',
    'serializer',
    'bind',
    'autoretryFor',
    'typing',
  ];
  const rest = ['arity', 'args', 'concurrencyKey', 'onSuccess'];
  const options = Object.fromEntries([...taken, ...rest].map((name) => [name, null]));
  const facts = (given: object): unknown => {
    const { definition, bind, typing, autoretryFor, handlers, serializer, concurrencyKey } = define(given);
    return { definition, bind, typing, autoretryFor, handlers, serializer, concurrencyKey };
  };
  expect(facts(options)).toEqual(facts({}));
  expect(
    define({ maxRetries: null, rateLimit: null, expires: null, concurrencyLimit: null }).definition.options,
  ).toEqual({
    maxRetries: null,
    ratePerHour: null,
    expiresMs: null,
    taskLimit: null,
  });
});

describe('the count of arguments', () => {
  test("is the function's own for a plain list, without self", () => {
    expect(define({}).definition).toMatchObject({ arity: { min: 2, max: 2 }, params: ['x', 'y'] });
    expect(define({ bind: true }, (_self: unknown, x: number) => x).definition).toMatchObject({
      arity: { min: 1, max: 1 },
      params: ['x'],
    });
    expect(define({ bind: true }, () => 1).definition.arity).toEqual({ min: 0, max: 0 });
  });

  test.each([
    ['a default', (x: number, y = 1) => x + y],
    ['a rest', (...xs: number[]) => xs],
  ])('must be given for %s', (_, run) => {
    expect(() => define({}, run)).toThrow(UsageError);
    expect(() => define({}, run)).toThrow(/arity: \[min, max\], an args schema or typing: false/);
    expect(define({ arity: [1, 2] }, run).definition.arity).toEqual({ min: 1, max: 2 });
    expect(define({ arity: [0, null] }, run).definition.arity).toEqual({ min: 0, max: null });
    expect(define({ typing: false }, run)).toMatchObject({ typing: false, definition: { arity: null } });
  });

  test.each([[[2, 1]], [[-1, 1]], [[0.5, 1]], [[1]], ['1-2']])('is refused as %j', (arity) => {
    expect(() => define({ arity })).toThrow(OptionError);
  });
});

describe('options', () => {
  test('become milliseconds under the names of the wire', () => {
    const { definition } = define({
      queue: 'sums',
      priority: 9,
      maxRetries: null,
      defaultRetryDelay: '1m',
      retryBackoff: true,
      retryBackoffMax: 60,
      retryJitter: false,
      acksLate: false,
      maxDeliveries: 1,
      trackStarted: false,
      ignoreResult: true,
      storeErrorsEvenIfIgnored: true,
      rejectOnWorkerLost: false,
      expires: '1d',
      timeLimit: '10m',
      softTimeLimit: 300,
    });
    expect(definition.options).toEqual({
      queue: 'sums',
      priority: 9,
      maxRetries: null,
      retryDelayMs: 60_000,
      retryBackoffMs: 1_000,
      retryBackoffMaxMs: 60_000,
      retryJitter: false,
      acksLate: false,
      maxDeliveries: 1,
      trackStarted: false,
      ignoreResult: true,
      storeErrorsEvenIfIgnored: true,
      rejectOnWorkerLost: false,
      expiresMs: 86_400_000,
      timeLimitMs: 600_000,
      softTimeLimitMs: 300_000,
    });
    expect(define({ retryBackoff: 2 }).definition.options).toEqual({ retryBackoffMs: 2_000 });
    expect(define({ retryBackoff: false, queue: undefined }).definition.options).toEqual({
      retryBackoffMs: 0,
    });
  });

  test.each([
    ['max_retries', 'maxRetries'],
    ['maxRetry', 'maxRetries'],
    ['retrybackoff', 'retryBackoff'],
    ['autoretry', 'autoretryFor'],
    ['quue', 'queue'],
  ])('that do not exist name the nearest one: %s', (name, meant) => {
    expect(() => define({ [name]: 1 })).toThrow(OptionError);
    expect(() => define({ [name]: 1 })).toThrow(`did you mean '${meant}'?`);
  });

  test('that are like no other name all', () => {
    expect(() => define({ colour: 'red' })).toThrow(/known are queue, priority/);
  });

  test.each([
    [{ queue: '' }],
    [{ queue: 7 }],
    [{ priority: 10 }],
    [{ priority: 1.5 }],
    [{ maxRetries: -1 }],
    [{ defaultRetryDelay: 'soon' }],
    [{ retryBackoff: -1 }],
    [{ maxDeliveries: 0 }],
    [{ acksLate: 'yes' }],
    [{ bind: 1 }],
    [{ autoretryFor: TypeError }],
    [{ autoretryFor: [7] }],
    [{ dontAutoretryFor: 'TypeError' }],
    [{ throws: [''] }],
    [{ onSuccess: 'log' }],
    [{ rejectOnWorkerLost: 1 }],
    [{ args: { parse() {} } }],
  ])('that cannot be are refused: %j', (options) => {
    expect(() => define(options)).toThrow(OptionError);
  });

  test('may name errors and handlers', () => {
    const onFailure = (): void => {};
    expect(define({ dontAutoretryFor: [TypeError], throws: ['KeyError'], onFailure })).toMatchObject({
      dontAutoretryFor: [TypeError],
      throws: ['KeyError'],
      handlers: { onFailure },
    });
    expect(define({})).toMatchObject({ dontAutoretryFor: [], throws: [], handlers: {} });
  });

  test('have no soft limit above the hard one', () => {
    const bad = { softTimeLimit: 5, timeLimit: 1 };
    expect(() => define(bad)).toThrow(OptionError);
    expect(() => define(bad)).toThrow(/softTimeLimit must be less than or equal to timeLimit/);
    expect(define({ softTimeLimit: 1, timeLimit: 1 }).definition.options).toMatchObject({
      timeLimitMs: 1_000,
    });
    expect(define({ softTimeLimit: 5, timeLimit: 0 }).definition.options).toMatchObject({ timeLimitMs: 0 });
  });

  test('say how long handlers may take', () => {
    expect(define({}).handlerTimeoutMs).toBeUndefined();
    expect(define({ handlerTimeout: '5s' })).toMatchObject({
      handlerTimeoutMs: 5_000,
      definition: { options: {} },
    });
    expect(define({ handlerTimeout: 0 }).handlerTimeoutMs).toBe(0);
    expect(() => define({ handlerTimeout: 'soon' })).toThrow(OptionError);
  });

  test('must be an object, the name a name, the function a function', () => {
    expect(() => define('queue')).toThrow(UsageError);
    expect(() => define({}, 'fn')).toThrow(/expected task 'add' to be given a function, got: 'fn'/);
    expect(() => defineTask('', {}, () => 1, '', new Serializers())).toThrow(UsageError);
  });
});

describe('a schema of the arguments', () => {
  const sum = (x: number, y: number): number => x + y;

  test('gives what the function is called with, and takes the count over', () => {
    const schema = pairOfNumbers((value) => ({ value: (value as unknown[]).map(Number) }));
    const task = define({ args: schema }, sum);
    expect(task).toMatchObject({ typing: false, definition: { arity: null, params: ['x', 'y'] } });
    expect(Reflect.apply(task.run, undefined, ['1', '2'])).toBe(3);
  });

  test('may take its time', async () => {
    const task = define({ args: pairOfNumbers(async (value) => ({ value })) }, sum);
    expect(await Reflect.apply(task.run, undefined, [1, 2])).toBe(3);
  });

  test('does not see self', () => {
    const task = define(
      { bind: true, args: pairOfNumbers((value) => ({ value })) },
      (self: string, x: number) => `${self} ${x}`,
    );
    expect(Reflect.apply(task.run, undefined, ['self', 1])).toBe('self 1');
  });

  test('refuses with what is wrong', () => {
    const issues = [{ message: 'expected a number', path: [1] }, { message: 'too few' }];
    const task = define({ args: pairOfNumbers(() => ({ issues })) }, sum);
    expect(() => Reflect.apply(task.run, undefined, [1])).toThrow(
      new TypeError('add() argument 1: expected a number; too few'),
    );
  });
});
