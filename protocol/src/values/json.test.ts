import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PayloadError } from '../errors.ts';
import { VALUE_DEPTH } from '../limits.ts';
import { decodeValue, encodeValue } from './json.ts';

const nested = (levels: number, inner = '1'): string => '['.repeat(levels) + inner + ']'.repeat(levels);
const record = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('a value', () => {
  test('that JSON can carry comes back as it went', () => {
    // Names that could reach a prototype are refused, which is told below.
    const value = fc.jsonValue().filter((one) => !JSON.stringify(one).includes('__proto__'));
    fc.assert(
      fc.property(value, (given) => {
        expect(decodeValue(encodeValue(given, 'x'), 'x')).toEqual(JSON.parse(JSON.stringify(given)));
      }),
    );
  });

  test('undefined is the empty body, and comes back', () => {
    expect(encodeValue(undefined, 'x')).toBe('');
    expect(decodeValue('', 'x')).toBeUndefined();
  });

  test.each([[1n], [() => 1], [Symbol('s')], [Number.NaN]])('that JSON lacks is refused: %s', (value) => {
    expect(() => encodeValue(value, 'arguments of add')).toThrow(PayloadError);
  });

  test('says where another serializer would help, and only there', () => {
    expect(() => encodeValue([1n], 'x', '; try y')).toThrow(
      'x: [0] is a BigInt, which JSON cannot carry; try y',
    );
    expect(() => encodeValue([() => 1], 'x', '; try y')).toThrow(/cannot carry$/);
  });

  test.each([
    [
      new (class {
        toJSON(): bigint {
          return 1n;
        }
      })(),
      /^x cannot be written as JSON: /,
    ],
    [
      new (class {
        toJSON(): never {
          throw new Error('not me');
        }
      })(),
      'x cannot be written as JSON: not me',
    ],
    [
      new (class {
        toJSON(): undefined {}
      })(),
      'x cannot be written as JSON: toJSON() returned nothing that JSON can carry',
    ],
  ])('whose own toJSON fails is refused by name: %#', (value, message) => {
    expect(() => encodeValue(value, 'x')).toThrow(message);
  });

  test('in a serializer that this end cannot read is refused, naming both', () => {
    expect(() => decodeValue(['text/x-mine', 'abc'], 'result')).toThrow(
      "result came as 'text/x-mine', expected 'application/json'",
    );
  });

  test('that is no JSON is refused with its cause', () => {
    expect(() => decodeValue('{', 'result')).toThrow(PayloadError);
    expect(() => decodeValue('{', 'result')).toThrow(
      expect.objectContaining({ cause: expect.any(SyntaxError) }),
    );
  });
});

describe('what comes over the wire', () => {
  test('may be nested as deep as what is sent, and not deeper', () => {
    for (const body of [nested(VALUE_DEPTH), record(VALUE_DEPTH)])
      expect(() => decodeValue(body, 'x')).not.toThrow();
    for (const body of [nested(VALUE_DEPTH + 1, ''), nested(120_000), record(VALUE_DEPTH + 1)])
      expect(() => decodeValue(body, 'x')).toThrow('x is nested more than 100 deep');
  });

  test.each([
    ['{"__proto__":{"admin":true}}'],
    ['[{"a":{"__proto__":1}}]'],
    ['{"\\u005f_proto__":{"admin":true}}'],
    ['{"constructor":{"prototype":{"admin":true}}}'],
    ['{"constr\\u0075ctor":{"pr\\u006ftotype":{}}}'],
    [`[${'1,'.repeat(200)}{"__proto__":1}]`],
  ])('has no name that reaches a prototype: %s', (body) => {
    expect(() => decodeValue(body, 'x')).toThrow(/^x has the name '(__proto__|constructor)'/);
  });

  test('may speak of prototypes and constructors otherwise', () => {
    for (const value of [
      { constructor: 'Bauer AG' },
      { prototype: { wheels: 3 } },
      ['__proto__'],
      'caf\u00e9',
    ])
      expect(decodeValue(JSON.stringify(value), 'x')).toEqual(value);
  });
});
