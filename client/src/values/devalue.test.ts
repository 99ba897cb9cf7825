import { PayloadError } from '@celeriac/protocol';
import { VALUE_DEPTH } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { devalueCoder } from './devalue.ts';

const encode = (value: unknown): string => devalueCoder.encode(value, 'result of add');
const decode = (body: string): unknown => devalueCoder.decode(body, 'result of add');
const across = (value: unknown): unknown => decode(encode(value));

class Money {
  amount = 1;
}

function nested(levels: number): unknown {
  let value: unknown = new Map();
  for (let level = 1; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

/** The wire form of so many lists, one in the other. */
function listsOfWire(levels: number): string {
  return JSON.stringify(Array.from({ length: levels }, (_, at) => (at === levels - 1 ? [] : [at + 1])));
}

test.each([
  [new Date(5)],
  [new Date(Number.NaN)],
  [
    new Map<unknown, unknown>([
      ['a', new Date(1)],
      [{ b: 1 }, new Set([1n, undefined])],
    ]),
  ],
  [/a+b/giu],
  [[undefined, Number.NaN, Number.POSITIVE_INFINITY, -0]],
  [{ left: undefined }],
  [new Float64Array([0.5, Number.NaN])],
  [new BigInt64Array([1n])],
  [new URL('http://127.0.0.1/a?b=c')],
  [Object.assign(Object.create(null), { a: 1 })],
  ['</script>\u2028'],
])('comes back as it went: %#', (value) => {
  expect(across(value)).toStrictEqual(value);
});

test('what contains itself or something twice comes back so', () => {
  const cycle: { self?: unknown; both: readonly unknown[] } = { both: [] };
  const shared = { a: 1 };
  cycle.self = cycle;
  cycle.both = [shared, shared];
  const back = across(cycle) as typeof cycle;
  expect(back.self).toBe(back);
  expect(back.both[0]).toBe(back.both[1]);
});

test('a part of a buffer is sent without the rest', () => {
  const whole = new TextEncoder().encode('secret-public-secret');
  const part = whole.subarray(7, 13);
  expect(across(part)).toStrictEqual(new TextEncoder().encode('public'));
  expect((across(part) as Uint8Array).buffer.byteLength).toBe(6);
  const numbers = new Uint16Array([1, 2, 3, 4]).subarray(1, 3);
  expect(across(numbers)).toStrictEqual(new Uint16Array([2, 3]));
  const view = new DataView(whole.buffer, 7, 6);
  expect((across(view) as DataView).getUint8(0)).toBe('p'.charCodeAt(0));
  expect((across(view) as DataView).byteLength).toBe(6);
});

test.each([
  [{ items: [1, () => 1] }, "items[1] is a function, which 'devalue' cannot carry"],
  [[Symbol('s')], "[0] is a symbol, which 'devalue' cannot carry"],
  [{ a: new Map([['b c', new Money()]]) }, `a.get("b c") is a Money, which 'devalue' cannot carry`],
  [[Promise.resolve()], "[0] is a Promise, which 'devalue' cannot carry"],
  [new RangeError('no'), "the value is a RangeError, which 'devalue' cannot carry"],
  [{ [Symbol('s')]: 1 }, 'the value: Cannot stringify POJOs with symbolic keys'],
  // biome-ignore lint/suspicious/noSparseArray: it is about them
  [{ a: [1, , 3] }, 'a[1] is a hole in a list, which is not undefined'],
  [new Array(4_000_000_000), '[0] is a hole in a list'],
  [JSON.parse('[{"__proto__":1}]'), '[0].__proto__ is a name that no value may have'],
  [{ constructor: { prototype: {} } }, 'constructor is a name that no value may have'],
  [nested(VALUE_DEPTH + 1), 'is nested more than 100 deep'],
  [new Set([nested(VALUE_DEPTH)]), 'is nested more than 100 deep'],
])('refuses to write with the place: %#', (value, message) => {
  expect(() => encode(value)).toThrow(PayloadError);
  expect(() => encode(value)).toThrow(`result of add: `);
  expect(() => encode(value)).toThrow(message);
});

test('what throws while it is looked at is refused', () => {
  const trap = {
    get inner(): never {
      throw new Error('not yours');
    },
  };
  expect(() => encode(trap)).toThrow('not yours');
});

describe('what comes over the wire', () => {
  test('may be nested as deep as what is sent, and not deeper', () => {
    expect(() => across(nested(VALUE_DEPTH))).not.toThrow();
    expect(() => decode(listsOfWire(VALUE_DEPTH))).not.toThrow();
    for (const levels of [VALUE_DEPTH + 1, 25_000])
      expect(() => decode(listsOfWire(levels))).toThrow(/nested more than 100 deep/);
  });

  test.each([
    ['[{"__proto__":1},{"admin":2},true]'],
    ['[{"\\u005f_proto__":1},{"admin":2},true]'],
    ['[["null","__proto__",1],{"admin":2},true]'],
    ['[{"constructor":1},{"prototype":2},{"admin":3},true]'],
    ['[["Function",1],"return process"]'],
    ['[["constructor",1],"return process"]'],
    ['[["Object",1],{"a":2},1]'],
    ['[[-7,4000000000]]'],
    ['[["Uint8Array",1],4000000000]'],
    ['[[-2]]'],
    ['[[5000]]'],
    ['[["RegExp","("]]'],
    ['[["BigInt","x"]]'],
    ['[]'],
    ['{}'],
    ['null'],
    ['nonsense'],
    [''],
  ])('is refused by name when it is none of what is written: %s', (body) => {
    expect(() => decode(body)).toThrow(PayloadError);
    expect(() => decode(body)).toThrow(/^result of add/);
    expect(Object.prototype).not.toHaveProperty('admin');
  });
});
