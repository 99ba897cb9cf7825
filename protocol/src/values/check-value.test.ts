import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { PayloadError } from '../errors.ts';
import { checkValue } from './check-value.ts';
import { encodeValue } from './json.ts';

class Money {
  amount = 1;
}
class Written {
  toJSON(): string {
    return 'as it likes';
  }
}

class Link extends URL {
  override toJSON(): string {
    return 'as it likes';
  }
}
/** As a polyfill has it. */
class Instant {
  get [Symbol.toStringTag](): string {
    return 'Temporal.Instant';
  }
  toJSON(): string {
    return '1970-01-01T00:00:00Z';
  }
}

const cycle: { self?: unknown } = {};
cycle.self = [cycle];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

test.each([
  [[1, { when: new Date(0) }], '[1].when is a Date, which JSON turns into a string'],
  [[undefined], '[0] is undefined, which JSON turns into null'],
  // biome-ignore lint/suspicious/noSparseArray: it is about them
  [[[1, , 2]], '[0][1] is undefined, which JSON turns into null'],
  [[Number.NaN], '[0] is NaN, which JSON turns into null'],
  [[{ a: [Number.POSITIVE_INFINITY] }], '[0].a[0] is Infinity, which JSON turns into null'],
  [[new Map()], '[0] is a Map, which JSON turns into an empty object'],
  [[{ 'a b': new Set() }], '[0]["a b"] is a Set, which JSON turns into an empty object'],
  [[1n], '[0] is a BigInt, which JSON cannot carry'],
  [[() => 1], '[0] is a function, which JSON cannot carry'],
  [[Object.assign(() => 1, { toJSON: 5 })], '[0] is a function, which JSON cannot carry'],
  [{ a: Symbol('s') }, 'a is a symbol, which JSON cannot carry'],
  [[new Money()], '[0] is a Money, which JSON turns into a plain object'],
  [[new Uint8Array(2)], '[0] is a Uint8Array, which JSON turns into a plain object'],
  [[Buffer.from('a')], '[0] is a Buffer, which JSON turns into a plain object; try y'],
  [{ at: new URL('http://127.0.0.1') }, 'at is a URL, which JSON turns into a string; try y'],
  [
    [new (class Place extends URL {})('http://127.0.0.1')],
    '[0] is a Place, which JSON turns into a string; try y',
  ],
  [[new URLSearchParams('a=1')], '[0] is a URLSearchParams, which JSON turns into an empty object; try y'],
  [[runInNewContext('new Date(0)')], '[0] is a Date, which JSON turns into a string; try y'],
  [[runInNewContext('new Map()')], '[0] is a Map, which JSON turns into an empty object; try y'],
  [[new Instant()], '[0] is a Temporal.Instant, which JSON turns into a string; try y'],
  [[performance], '[0] is a Performance, which JSON turns into a plain object'],
  [[Object(1)], '[0] is a Number, which JSON turns into a number'],
  [[new RangeError('x')], '[0] is a RangeError, which JSON turns into an empty object'],
  [[/x/], '[0] is a RegExp, which JSON turns into an empty object'],
  [[Promise.resolve()], '[0] is a Promise, which JSON turns into an empty object'],
  [[cycle], '[0].self[0] contains itself, which JSON cannot carry'],
  [[JSON.parse('{"__proto__":1}')], '[0].__proto__ is a name that no value may have'],
  [{ constructor: { prototype: 1 } }, 'constructor is a name that no value may have'],
  [nested(101), 'is nested more than 100 deep'],
  [new Date(0), 'the value is a Date, which JSON turns into a string'],
])('refuses with the place: %#', (value, message) => {
  const check = () => checkValue(value, 'arguments of add', { hint: '; try y' });
  expect(check).toThrow(PayloadError);
  expect(check).toThrow(message);
});

test.each([
  [undefined, ''],
  [[1, 'a', null, true, { b: [{}] }], '[1,"a",null,true,{"b":[{}]}]'],
  [[{ a: undefined }], '[{}]'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  [[new Written()], '["as it likes"]'],
  [[new Link('http://127.0.0.1')], '["as it likes"]'],
  [[{ at: new Map(), toJSON: () => 'as it likes' }], '["as it likes"]'],
  [[Object.assign(new Date(0), { toJSON: () => 'as it likes' })], '["as it likes"]'],
])('lets pass what comes back as it was, or says itself how: %#', (value, body) => {
  expect(encodeValue(value, 'result of add')).toBe(body);
});

test('the same object twice is no cycle, and 100 levels are allowed', () => {
  const shared = { a: 1 };
  expect(() => checkValue([shared, shared], 'x')).not.toThrow();
  expect(() => checkValue(nested(100), 'x')).not.toThrow();
});
