import { OptionError, UsageError } from '@celeriac/protocol';
import { encodeValue } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { type ApplyOptions, readApplyOptions } from './apply-options.ts';

const read = (options: unknown) =>
  readApplyOptions(options as ApplyOptions, 'add.applyAsync()', {
    writeLink: (task, args) => encodeValue(args, `arguments of ${task}`),
    keyOfLink: () => undefined,
  });

test('are kept as the caller gave them, in milliseconds', () => {
  const eta = new Date(5_000);
  expect(read({ countdown: '10s', queue: 'lopri', priority: 0, ignoreResult: false, expires: 60 })).toEqual({
    taskId: undefined,
    call: { countdownMs: 10_000, queue: 'lopri', priority: 0, ignoreResult: false, expiresMs: 60_000 },
  });
  expect(read({ taskId: 'mine', eta, expires: eta })).toEqual({
    taskId: 'mine',
    call: { etaAt: 5_000, expiresAt: 5_000 },
  });
  expect(
    read({ timeLimit: '2s', softTimeLimit: 1, headers: { tenant: 'a' }, shadow: 'plus', argsRepr: '(…)' })
      .call,
  ).toEqual({
    timeLimitMs: 2_000,
    softTimeLimitMs: 1_000,
    headers: '{"tenant":"a"}',
    shadow: 'plus',
    argsRepr: '(…)',
  });
  expect(read({ acceptTimeout: '2s' })).toEqual({ taskId: undefined, acceptTimeoutMs: 2_000, call: null });
  expect(read({ countdown: 0 }).call).toEqual({ countdownMs: 0 });
  expect(read({ timeLimit: 0, softTimeLimit: 5 }).call).toEqual({ timeLimitMs: 0, softTimeLimitMs: 5_000 });
});

test('may be absent', () => {
  expect(read(undefined)).toEqual({ taskId: undefined, acceptTimeoutMs: undefined, call: null });
  expect(read({})).toEqual({ taskId: undefined, acceptTimeoutMs: undefined, call: null });
  expect(read({ countdown: undefined, taskId: undefined })).toEqual({
    taskId: undefined,
    acceptTimeoutMs: undefined,
    call: null,
  });
});

test('say how the submit is tried again', () => {
  expect(read({ retry: true }).retryPolicy).toBeUndefined();
  expect(read({ retry: false }).retryPolicy).toMatchObject({ maxRetries: 0 });
  expect(read({ retryPolicy: {} }).retryPolicy).toEqual({
    maxRetries: null,
    startMs: 0,
    stepMs: 200,
    maxMs: 200,
  });
  expect(
    read({ retryPolicy: { maxRetries: 2, intervalStart: 1, intervalStep: '50ms', intervalMax: '2s' } })
      .retryPolicy,
  ).toEqual({ maxRetries: 2, startMs: 1_000, stepMs: 50, maxMs: 2_000 });
});

test.each([
  [{ retry: 'no' }, "got: 'no'"],
  [{ retry: false, retryPolicy: {} }, 'expected either retryPolicy or retry: false'],
  [{ retryPolicy: { max_retries: 1 } }, "did you mean 'maxRetries'?"],
  [
    { retryPolicy: { maxRetries: -1 } },
    'expected retryPolicy.maxRetries to be an integer of at least 0, got: -1',
  ],
  [{ retryPolicy: { intervalStep: 'soon' } }, 'expected retryPolicy.intervalStep'],
  [{ countDown: 1 }, "add.applyAsync() has no option 'countDown'; did you mean 'countdown'?"],
  [{ ignore_result: true }, "did you mean 'ignoreResult'?"],
  [{ countdown: -1 }, 'expected countdown to be a number of seconds'],
  [{ countdown: Number.NaN }, 'got: NaN'],
  [{ countdown: '10 parsecs' }, "got: '10 parsecs'"],
  [{ eta: 5_000 }, 'expected eta to be a valid Date, got: 5000'],
  [{ eta: new Date(Number.NaN) }, 'got: Date (invalid)'],
  [{ eta: new Date(), countdown: 1 }, 'countdown or eta, got both'],
  [{ expires: new Date(Number.NaN) }, 'expected expires to be a valid Date'],
  [{ expires: 'never' }, 'expected expires'],
  [{ priority: 10 }, 'expected priority to be an integer from 0 to 9, got: 10'],
  [{ priority: '1' }, "got: '1'"],
  [{ queue: '' }, 'expected queue to be a string of 1 to 255 characters'],
  [{ taskId: '' }, 'expected taskId'],
  [{ taskId: 'x'.repeat(256) }, 'expected taskId'],
  [{ taskId: 7 }, 'expected taskId'],
  [{ softTimeLimit: 5, timeLimit: 1 }, 'softTimeLimit must be less than or equal to timeLimit'],
  [{ time_limit: 5 }, "did you mean 'timeLimit'?"],
  [{ headers: ['a'] }, 'expected headers to be an object'],
  [
    {
      headers: new (class Odd {
        toJSON() {
          return 'x';
        }
      })(),
    },
    'expected headers to be a plain object',
  ],
  [{ headers: { a: 'x'.repeat(20_000) } }, 'the limit is 16384'],
  [{ argsRepr: '' }, 'expected argsRepr'],
  [{ acceptTimeout: 'long' }, 'expected acceptTimeout'],
  [{ ignoreResult: 1 }, 'expected ignoreResult to be true or false'],
])('are refused: %j', (options, message) => {
  expect(() => read(options)).toThrow(OptionError);
  expect(() => read(options)).toThrow(message);
});

test('that are null are taken back: the call is as if it had not said them', () => {
  const names = [
    'taskId',
    'queue',
    'countdown',
    'eta',
    'priority',
    'timeLimit',
    'softTimeLimit',
    'headers',
    'shadow',
  ];
  const more = [
    'argsRepr',
    'concurrencyKey',
    'link',
    'linkError',
    'acceptTimeout',
    'retry',
    'retryPolicy',
    'ignoreResult',
    'serializer',
  ];
  const nothing = Object.fromEntries([...names, ...more].map((name) => [name, null]));
  expect(read(nothing)).toEqual(read({}));
  expect(read({ countdown: null, eta: new Date(5) }).call).toEqual({ etaAt: 5 });
  expect(read({ retryPolicy: { maxRetries: null, intervalStep: null } }).retryPolicy).toMatchObject({
    maxRetries: null,
    stepMs: 200,
  });
});

test('may say that a call does not expire, whatever its task says', () => {
  expect(read({ expires: null }).call).toEqual({ expiresMs: null });
});

test('must be an object', () => {
  expect(() => read('countdown')).toThrow(UsageError);
  expect(() => read([])).toThrow(UsageError);
  expect(() => read(null)).toThrow(UsageError);
});
