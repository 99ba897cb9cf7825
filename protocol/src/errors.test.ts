import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import * as errors from './errors.ts';
import { type CeleriacError, isCeleriacError, RefusedError, TaskError, TimeoutError } from './errors.ts';
import { rebuildError } from './failure.ts';

const MADE: readonly (readonly [CeleriacError, string])[] = [
  [new errors.UsageError('m'), 'USAGE'],
  [new errors.OptionError('o', 'm'), 'BAD_OPTION'],
  [new errors.PayloadError('m'), 'BAD_PAYLOAD'],
  [new errors.TimeoutError('t', 1), 'TIMEOUT'],
  [new errors.UnknownTaskError('t'), 'UNKNOWN_TASK'],
  [new errors.ResultGoneError('t', 'SUCCESS'), 'RESULT_GONE'],
  [new errors.NotAcceptedError('t', false, 'm'), 'NOT_ACCEPTED'],
  [new errors.GatewayUnreachableError('t', 1), 'GATEWAY_UNREACHABLE'],
  [new errors.IdConflictError('t'), 'ID_CONFLICT'],
  [new errors.QueueNotFound('m'), 'QUEUE_NOT_FOUND'],
  [new errors.KeyRequiredError('m'), 'KEY_REQUIRED'],
  [new errors.RefusedError('FORBIDDEN', 'm'), 'FORBIDDEN'],
  [new errors.ClosedError('m'), 'CLOSED'],
  [new errors.StreamFullError('m'), 'STREAM_FULL'],
  [new errors.StreamGapError('t', 1, 1), 'STREAM_GAP'],
  [new errors.StreamRestartedError('t', 1, 'retry'), 'STREAM_RESTARTED'],
  [new errors.TaskRevokedError('revoked'), 'TASK_REVOKED'],
  [new errors.WorkerLostError('m'), 'WORKER_LOST'],
  [new errors.TimeLimitExceeded('m'), 'TIME_LIMIT_EXCEEDED'],
  [new errors.SoftTimeLimitExceeded('m'), 'SOFT_TIME_LIMIT_EXCEEDED'],
  [new errors.MaxRetriesExceededError('m'), 'MAX_RETRIES_EXCEEDED'],
];

test('each class has the code that its type says', () => {
  for (const [error, code] of MADE) {
    expect(error.code).toBe(code);
    expect(isCeleriacError(error)).toBe(true);
    expect(Reflect.apply(isCeleriacError, undefined, [error, code])).toBe(true);
    expect(isCeleriacError(error, 'LEASE_LOST')).toBe(false);
  }
  const classes = Object.values(errors).filter(
    (exported) => typeof exported === 'function' && exported.prototype instanceof errors.CeleriacError,
  );
  expect(MADE.length).toBe(classes.length - 1);
  expect(errors.REFUSAL_CODES).toEqual([...new Set(errors.REFUSAL_CODES)].sort());
});

describe('an error of Celeriac is known', () => {
  test('in another copy of the package, and in another realm', async () => {
    vi.resetModules();
    const copy = await import('./errors.ts');
    const other = new copy.TimeoutError('t', 1);
    expect(other instanceof TimeoutError).toBe(false);
    expect(isCeleriacError(other, 'TIMEOUT')).toBe(true);
    expect(isCeleriacError(new copy.TaskError('Their', 'm', 'TIMEOUT', undefined), 'TIMEOUT')).toBe(false);
    const theirs: unknown = runInNewContext(`
      class TimeoutError extends Error {
        code = 'TIMEOUT';
        get [Symbol.for('celeriac.error')]() { return true; }
      }
      new TimeoutError('theirs');
    `);
    expect(theirs instanceof TimeoutError).toBe(false);
    expect(isCeleriacError(theirs, 'TIMEOUT')).toBe(true);
  });

  test('behind a proxy that shows it', () => {
    expect(isCeleriacError(new Proxy(new TimeoutError('t', 1), {}), 'TIMEOUT')).toBe(true);
  });

  test('and an application’s own of the same code, name and shape is not', () => {
    const own = Object.assign(new Error('mine'), { name: 'TimeoutError', code: 'TIMEOUT' });
    for (const theirs of [
      own,
      rebuildError({ name: 'Their', message: 'm', code: 'TIMEOUT' }),
      rebuildError({ name: 'Error', message: 'm', code: 'TASK_REVOKED' }),
      new TaskError('Their', 'm', 'TIMEOUT', undefined),
      { code: 'TIMEOUT' },
    ]) {
      expect(isCeleriacError(theirs)).toBe(false);
      expect(isCeleriacError(theirs, 'TIMEOUT')).toBe(false);
    }
    expect(
      isCeleriacError(rebuildError({ name: 'TaskRevokedError', message: 'm', code: 'TASK_REVOKED' })),
    ).toBe(true);
  });

  test('and nothing that is asked makes it throw', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const throws = (): never => {
      throw new Error('no');
    };
    for (const hostile of [
      revoked.proxy,
      new Proxy({}, { get: throws, has: throws, getPrototypeOf: throws }),
      new Proxy({}, { get: () => 'TIMEOUT' }),
      Object.defineProperty(new Error('m'), 'code', { get: throws }),
      Object.defineProperty({}, Symbol.for('celeriac.error'), { get: throws }),
      Object.defineProperty({}, Symbol.for('celeriac.error'), { value: true }),
      Object.create(null),
      undefined,
      null,
      0,
      'TIMEOUT',
      Symbol('TIMEOUT'),
      () => {},
    ]) {
      expect(isCeleriacError(hostile)).toBe(false);
      expect(isCeleriacError(hostile, 'TIMEOUT')).toBe(false);
    }
  });
});

test('a refusal of a newer gateway is one all the same', () => {
  expect(RefusedError.of({ code: 'QUEUE_FULL', message: 'm', retryAfterMs: 5 })).toMatchObject({
    code: 'QUEUE_FULL',
    message: 'm',
    retryAfterMs: 5,
  });
  for (const strange of ['TOO_NEW', 'toString', ''])
    expect(RefusedError.of({ code: strange, message: 'm' })).toMatchObject({
      code: 'REFUSED',
      message: `${strange}: m`,
      retryAfterMs: null,
    });
});
