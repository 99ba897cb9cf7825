import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure, encodeFailure, toError } from './describe-failure.ts';
import {
  MaxRetriesExceededError,
  PayloadError,
  SoftTimeLimitExceeded,
  StreamFullError,
  TaskError,
  TaskRevokedError,
  TimeLimitExceeded,
  WorkerLostError,
} from './errors.ts';
import { decodeFailure, type ErrorRegistry, FAILURE_LIMITS, type Failure, rebuildError } from './failure.ts';

/** What the other end makes of a thrown value. */
function acrossTheWire(thrown: unknown, registered?: ErrorRegistry): Error {
  return rebuildError(decodeFailure(encodeFailure(describeFailure(thrown))), registered);
}

class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
}

test('an error that its class has frozen arrives all the same', () => {
  class Frozen extends Error {
    constructor(message: string) {
      super(message);
      Object.freeze(this);
    }
  }
  const thrown = Object.assign(new Error('told', { cause: new Error('why') }), {
    name: 'Frozen',
    code: 'E_NO',
    data: { left: 3 },
  });
  const error = acrossTheWire(thrown, new Map([['Frozen', Frozen]]));
  expect(error).toBeInstanceOf(Frozen);
  expect(error.message).toBe('told');
});

describe('a built-in error', () => {
  test.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
    '%o arrives as itself',
    (type) => {
      const error = acrossTheWire(new type('no'));
      expect(error.constructor).toBe(type);
      expect(error.message).toBe('no');
    },
  );

  test('brings its code, its data and its traceback', () => {
    const thrown = Object.assign(new TypeError('no'), { code: 'E_NO', data: { left: 3 } });
    const error = acrossTheWire(thrown);
    expect(error).toMatchObject({ code: 'E_NO', data: { left: 3 } });
    expect(error.stack).toBe(thrown.stack);
  });

  test('without code and data gets none', () => {
    expect(Object.keys(acrossTheWire(new TypeError('no')))).toEqual([]);
  });
});

describe('a chain of causes', () => {
  test('arrives whole', () => {
    const thrown = new Error('outer', { cause: new TypeError('inner', { cause: 'root' }) });
    const error = acrossTheWire(thrown);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ cause: { message: 'inner', cause: { message: 'root' } } });
  });

  test('that is a ring is cut', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    let depth = 0;
    for (let error: unknown = acrossTheWire(ring); error instanceof Error; error = error.cause) depth += 1;
    expect(depth).toBe(FAILURE_LIMITS.depth);
  });

  test('of one of our own errors is kept', () => {
    const error = acrossTheWire(new PayloadError('unreadable', { cause: new SyntaxError('at 3') }));
    expect(error).toBeInstanceOf(PayloadError);
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });
});

describe('an AggregateError', () => {
  test('arrives with its members', () => {
    const error = acrossTheWire(new AggregateError([new TypeError('a'), 'b'], 'both'));
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ message: 'both', errors: [{ message: 'a' }, { message: 'b' }] });
  });

  test('keeps its first members only', () => {
    const members = Array.from({ length: 40 }, (_, position) => new Error(`${position}`));
    const error = acrossTheWire(new AggregateError(members));
    expect(error).toHaveProperty('errors.length', FAILURE_LIMITS.members);
  });

  test('that holds itself many times over is cut, not followed', () => {
    const ring = new AggregateError([], 'ring');
    ring.errors = Array.from({ length: 16 }, () => ring);
    const described = JSON.stringify(describeFailure(ring));
    expect(described.split('"message":"ring"').length - 1).toBe(FAILURE_LIMITS.total);
  });
});

describe('a thrown value that is no Error', () => {
  test.each([
    ['text', 'text'],
    [7, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ why: 'no' }, '{"why":"no"}'],
    [Symbol('s'), 'Symbol(s)'],
    [10n, '10'],
  ])('%s becomes an Error that shows it', (thrown, message) => {
    const error = acrossTheWire(thrown);
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(message);
  });
});

describe('an error of another realm', () => {
  const elsewhere = (source: string): unknown => runInNewContext(source);

  test('keeps its name, message, cause and members', () => {
    const thrown = elsewhere("new RangeError('no', { cause: new TypeError('why') })");
    expect(thrown).not.toBeInstanceOf(Error);
    const error = acrossTheWire(thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'no', cause: { name: 'TypeError', message: 'why' } });
    expect(error.stack).toContain('RangeError: no');
    const several = acrossTheWire(elsewhere("new AggregateError([new Error('a'), 'b'], 'both')"));
    expect(several).toMatchObject({ message: 'both', errors: [{ message: 'a' }, { message: 'b' }] });
  });

  test.each<[string, unknown]>([
    ['Picky', elsewhere("class Picky extends Error {}; new Picky('no')")],
    ['Named', elsewhere("Object.assign(new Error('no'), { name: 'Named' })")],
    ['AbortError', new DOMException('no', 'AbortError')],
    ['Shaped', { name: 'Shaped', message: 'no', stack: 'Shaped: no' }],
  ])('goes by its name: %s', (name, thrown) => {
    expect(acrossTheWire(thrown)).toMatchObject({ name, message: 'no' });
  });
});

describe('an error without data', () => {
  const dataOf = (fields: object): unknown => describeFailure(Object.assign(new Error('no'), fields)).data;

  test('brings its own fields in its place', () => {
    const thrown = Object.assign(new Error('no'), {
      code: 'E_LIMIT',
      status: 429,
      limits: { perMinute: 5 },
    });
    expect(acrossTheWire(thrown)).toMatchObject({
      code: 'E_LIMIT',
      data: { code: 'E_LIMIT', status: 429, limits: { perMinute: 5 } },
    });
    expect(() => readFileSync('/nowhere')).toThrow(
      expect.toSatisfy((error: unknown) => {
        expect(describeFailure(error).data).toMatchObject({
          code: 'ENOENT',
          errno: -2,
          syscall: 'open',
          path: '/nowhere',
        });
        return true;
      }),
    );
  });

  test('brings code, errno and status also where they are inherited or hidden, and nothing else of that', () => {
    class HttpError extends Error {
      get status(): number {
        return 503;
      }
      get secret(): string {
        return 'hidden';
      }
    }
    const thrown = Object.defineProperty(new HttpError('no'), 'errno', { value: 7 });
    expect(describeFailure(Object.defineProperty(thrown, 'token', { value: 'x' })).data).toEqual({
      errno: 7,
      status: 503,
    });
  });

  test('leaves out what is no JSON, what is said elsewhere, and what there is no room for', () => {
    const ring: { self?: unknown } = {};
    ring.self = ring;
    expect(
      dataOf({ a: 1, b: () => 1, c: 1n, d: new Date(0), e: ring, f: undefined, g: Number.NaN, name: 'X' }),
    ).toEqual({ a: 1 });
    expect(dataOf({ long: 'x'.repeat(FAILURE_LIMITS.fields), short: 'y' })).toEqual({ short: 'y' });
    const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`field${index}`, index]));
    expect(JSON.stringify(dataOf(many)).length).toBeLessThan(2 * FAILURE_LIMITS.fields);
    expect(dataOf(JSON.parse('{"__proto__":{"admin":1},"ok":1}'))).toEqual({ ok: 1 });
  });

  test('that is null has data', () => {
    expect(dataOf({ data: null, status: 5 })).toBeNull();
  });

  test('does not follow one object in very many places', () => {
    let graph: unknown = 1;
    for (let level = 0; level < 60; level++) graph = [graph, graph];
    expect(dataOf({ graph, ok: 1 })).toEqual({ ok: 1 });
    expect(describeFailure(Object.assign(new Error('no'), { data: graph })).traceback).toContain(
      'far more than 65536 characters',
    );
    expect(describeFailure(graph).message).toBe('a value of type object');
  });
});

describe('describing', () => {
  const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true });

  test('never throws, and what it makes can be read again', () => {
    fc.assert(
      fc.property(anything, (thrown) => {
        const failure = describeFailure(thrown);
        expect(decodeFailure(encodeFailure(failure))).toEqual(failure);
      }),
    );
  });

  const trap = (): never => {
    throw new Error('trap');
  };
  test.each<[string, () => unknown]>([
    [
      'a getter that throws for its data',
      () => Object.defineProperty(new Error('no'), 'data', { get: trap }),
    ],
    [
      'a getter that throws for its message',
      () => Object.defineProperty(new Error(), 'message', { get: trap }),
    ],
    ['no message at all', () => Object.assign(new Error(), { message: undefined })],
    ['a stack that is no text', () => Object.assign(new Error('no'), { stack: 5 })],
    ['a name that is no text', () => Object.assign(new Error('no'), { name: 5 })],
    ['a code that is no text', () => Object.assign(new Error('no'), { code: 5 })],
    ['members that are no list', () => Object.assign(new AggregateError([]), { errors: 5 })],
    [
      'a proxy that was revoked',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
  ])('survives an error with %s', (_, make) => {
    expect(acrossTheWire(make())).toBeInstanceOf(Error);
  });

  const hasMessage = (thrown: unknown): boolean => {
    try {
      return thrown === '' || Reflect.get(Object(thrown), 'message') === '';
    } catch {
      return false;
    }
  };
  /** Whatever a program, or who wishes it ill, may throw. */
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  // Made late: fast-check looks at the values that it has.
  const odd = fc.oneof(
    anything.map((value) => () => value),
    fc.constantFrom<() => unknown>(
      revoked,
      () => trap,
      () => Symbol('s'),
      () => 'x'.repeat(100_000),
      () => new Proxy([], { get: trap }),
      () => new Proxy(new Error('no'), { getPrototypeOf: trap }),
      () => ({ toString: trap, toJSON: trap }),
      () => new Error('inner', { cause: revoked() }),
      () => runInNewContext("new TypeError('elsewhere')"),
    ),
  );
  const keys = ['name', 'message', 'stack', 'cause', 'errors', 'data', 'code', 'errno', 'status', 'then'];
  const field = fc.tuple(
    fc.constantFrom<string | symbol>(...keys, 'constructor', 'toJSON', 'toString', Symbol.toStringTag),
    odd,
    fc.boolean(),
  );
  const bases: readonly (() => object)[] = [
    () => new Error('no'),
    () => new AggregateError([1], 'no'),
    () => new DOMException('no', 'AbortError'),
    () => Object.create(null),
    () => Object.create(Error.prototype),
    () => runInNewContext("new RangeError('no')"),
  ];
  const hostile = fc
    .tuple(
      fc.constantFrom(...bases),
      fc.array(field, { maxLength: 6 }),
      fc.constantFrom(...Reflect.ownKeys(Reflect)),
      fc.boolean(),
    )
    .map(([make, fields, trapped, wrapped]) => (): unknown => {
      const thrown = make();
      for (const [key, value, throws] of fields) {
        const how = throws ? { get: trap } : { value: value() };
        Reflect.defineProperty(thrown, key, { configurable: true, enumerable: true, ...how });
      }
      return wrapped ? new Proxy(thrown, { [trapped]: trap }) : thrown;
    });

  test('a hostile value says something that can be read again, within bounds', () => {
    fc.assert(
      fc.property(fc.oneof(odd, hostile), (make) => {
        const thrown = make();
        const failure = describeFailure(thrown);
        expect(decodeFailure(encodeFailure(failure))).toEqual(failure);
        expect(toError(thrown)).toBeInstanceOf(Error);
        if (!hasMessage(thrown)) expect(failure.message).not.toBe('');
        expect(failure.name.length).toBeLessThan(FAILURE_LIMITS.name + 50);
        expect(JSON.stringify(failure).length).toBeLessThan(2_000_000);
      }),
      { numRuns: 1_000 },
    );
  });

  test('clips long texts and says by how much', () => {
    const failure = describeFailure(
      Object.assign(new Error('x'.repeat(9_000)), { stack: 'y'.repeat(20_000) }),
    );
    expect(failure.message).toBe(`${'x'.repeat(FAILURE_LIMITS.message)}… (808 more characters)`);
    expect(failure.traceback).toHaveLength(FAILURE_LIMITS.traceback + '… (3616 more characters)'.length);
  });

  test.each([
    ['x'.repeat(70_000), 'data has 70002 characters, the limit is 65536'],
    [{ at: [1n] }, 'data: at[0] is a BigInt, which JSON cannot carry'],
    [{ when: new Date(0) }, 'data: when is a Date, which JSON turns into a string'],
    [JSON.parse('['.repeat(99) + ']'.repeat(99)), 'is nested more than 100 deep'],
    [JSON.parse('{"__proto__":1}'), 'data: __proto__ is a name that no value may have'],
  ])('leaves out data that is too large or that JSON would change, and says so: %#', (data, why) => {
    const described = describeFailure(Object.assign(new TypeError('no'), { data }));
    expect(described).toMatchObject({ name: 'TypeError', message: 'no' });
    expect(described).not.toHaveProperty('data');
    expect(described.traceback).toMatch(/\n\(left out: .*\)$/);
    expect(described.traceback).toContain(why);
  });

  test('brings the data of the innermost cause as well', () => {
    let error = Object.assign(new Error('inner'), { data: JSON.parse('['.repeat(83) + ']'.repeat(83)) });
    for (let level = 0; level < 7; level++)
      error = Object.assign(new Error('outer', { cause: error }), { data: 1 });
    expect(acrossTheWire(error).name).toBe('Error');
    let failure: Failure | undefined = decodeFailure(encodeFailure(describeFailure(error)));
    while (failure?.cause !== undefined) failure = failure.cause;
    expect(failure?.data).toBeDefined();
  });
});

describe('an error class', () => {
  const registry: ErrorRegistry = new Map([['OutOfStock', OutOfStock]]);

  test('that is registered arrives as itself, with its cause', () => {
    const error = acrossTheWire(new OutOfStock('none left', { cause: new TypeError('why') }), registry);
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('goes by the name of its class when that sets none', () => {
    class PaymentError extends RangeError {}
    expect(describeFailure(new PaymentError('no')).name).toBe('PaymentError');
    expect(describeFailure(Object.assign(new Error('no'), { name: 'Told' })).name).toBe('Told');
    expect(describeFailure(new (class extends TypeError {})('no')).name).toBe('TypeError');
    expect(describeFailure(new RangeError('no')).name).toBe('RangeError');
  });

  test('that is not registered arrives as a TaskError under its name', () => {
    const error = acrossTheWire(Object.assign(new OutOfStock('none left'), { code: 'E_STOCK', data: [1] }));
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toMatchObject({
      name: 'OutOfStock',
      errorName: 'OutOfStock',
      code: 'E_STOCK',
      data: [1],
      message: 'none left',
    });
  });

  test('whose constructor throws does not hide the failure', () => {
    class Picky extends Error {
      constructor() {
        super();
        throw new Error('wants more');
      }
    }
    const error = acrossTheWire(
      Object.assign(new Error('the real one'), { name: 'Picky' }),
      new Map([['Picky', Picky]]),
    );
    expect(error).toMatchObject({ name: 'Picky', message: 'the real one' });
  });

  test.each(['Function', 'Object', 'constructor', '__proto__', 'toString', 'Promise', 'Proxy'])(
    'is never looked up outside the registry: %s',
    (name) => {
      expect(rebuildError({ name, message: 'evil' })).toBeInstanceOf(TaskError);
    },
  );

  test.each([
    TaskRevokedError,
    WorkerLostError,
    TimeLimitExceeded,
    SoftTimeLimitExceeded,
    StreamFullError,
    MaxRetriesExceededError,
    PayloadError,
  ])('of ours is known by its name and its code: %o', (type) => {
    const thrown = new type('m');
    expect(acrossTheWire(thrown)).toBeInstanceOf(type);
    expect(acrossTheWire(thrown)).not.toHaveProperty('data');
    const theirs = acrossTheWire(Object.assign(new Error('m'), { code: thrown.code }));
    expect(theirs.constructor).toBe(Error);
    expect(theirs).toHaveProperty('code', thrown.code);
    const named = acrossTheWire(Object.assign(new Error('m'), { name: 'BadOrder', code: thrown.code }));
    expect(named).toMatchObject({ name: 'BadOrder', code: thrown.code });
    expect(named).toBeInstanceOf(TaskError);
    expect(rebuildError({ name: thrown.name, message: 'm', code: 'E_OTHER' })).toBeInstanceOf(TaskError);
  });
});

describe('a failure from the wire', () => {
  test.each(['{', '', '5', 'null', '[]', '{"name":"E"}', '{"message":"m"}', '{"name":1,"message":"m"}'])(
    'that is none still is a failure: %s',
    (body) => {
      expect(rebuildError(decodeFailure(body))).toBeInstanceOf(Error);
      expect(decodeFailure(body)).toMatchObject({ message: expect.stringMatching(/./) });
    },
  );

  test('of another serializer says so', () => {
    expect(decodeFailure(['text/x-mine', 'abc'])).toMatchObject({
      name: 'PayloadError',
      message: expect.stringContaining('text/x-mine'),
    });
  });

  const base = { name: 'Error', message: 'm' };
  test.each<[string, object]>([
    ['a cause that is null', { ...base, cause: null }],
    ['a cause that is a number', { ...base, cause: 5 }],
    ['a cause without a name', { ...base, cause: { message: 'm' } }],
    ['members that are no list', { ...base, name: 'AggregateError', errors: 5 }],
    ['a member that is null', { ...base, name: 'AggregateError', errors: [null] }],
    ['a code that is a number', { ...base, code: 5 }],
    ['a traceback that is an object', { ...base, traceback: {} }],
  ])('with %s is still rebuilt', (_, failure) => {
    const error = rebuildError(decodeFailure(JSON.stringify(failure)));
    expect(error.message).toBe('m');
    expect(typeof error.stack).toBe('string');
  });

  test('nested without end is cut rather than followed', () => {
    let nested: Failure = { name: 'AggregateError', message: 'm' };
    for (let depth = 0; depth < 2_000; depth++)
      nested = { name: 'AggregateError', message: 'm', errors: [nested] };
    let depth = 0;
    let error: unknown = rebuildError(decodeFailure(JSON.stringify(nested)));
    while (error instanceof AggregateError) {
      depth += 1;
      [error] = error.errors;
    }
    expect(depth).toBeLessThanOrEqual(FAILURE_LIMITS.depth);
  });
});
