import { OptionError, PayloadError, UsageError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import type { Serializer } from './serializer.ts';
import { Serializers } from './serializers.ts';

/** Numbers in hexadecimal, separated by spaces. */
const hex: Serializer = {
  name: 'hex',
  contentType: 'text/x-hex',
  encode: (value) => (value as number[]).map((one) => one.toString(16)).join(' '),
  decode: (body) => body.split(' ').map((one) => Number.parseInt(one, 16)),
};

function withHex(changes: Partial<Record<keyof Serializer, unknown>> = {}): Serializers {
  const serializers = new Serializers();
  serializers.register({ ...hex, ...changes });
  return serializers;
}

test('write by name and read by content type; JSON travels as its bare body', () => {
  const serializers = withHex();
  expect(serializers.encode('json', [10], 'x')).toBe('[10]');
  expect(serializers.encode('hex', [10, 255], 'x')).toEqual(['text/x-hex', 'a ff']);
  expect(serializers.decode(['text/x-hex', 'a ff'], 'x')).toEqual([10, 255]);
  expect(serializers.decode('[10]', 'x')).toEqual([10]);
  expect(serializers.decode(['application/json', '[10]'], 'x')).toEqual([10]);
  const map = new Map([[1, new Date(0)]]);
  expect(serializers.decode(serializers.encode('devalue', map, 'x'), 'x')).toStrictEqual(map);
});

test('write as another payload was written', () => {
  const serializers = withHex();
  expect(serializers.encodeLike(['text/x-hex', ''], [16], 'x')).toEqual(['text/x-hex', '10']);
  expect(serializers.encodeLike('[]', [16], 'x')).toBe('[16]');
  expect(serializers.encodeLike('', [16], 'x')).toBe('[16]');
});

test.each(['json', 'devalue', 'hex'])('nothing is nothing for %s too', (name) => {
  const serializers = withHex();
  expect(serializers.encode(name, undefined, 'x')).toBe('');
  expect(serializers.decode(serializers.encode(name, undefined, 'x'), 'x')).toBeUndefined();
});

describe('a name that is not there', () => {
  test.each([
    ['devalu', "there is no serializer 'devalu', known are json, devalue, hex; did you mean 'devalue'?"],
    ['Json', "did you mean 'json'?"],
    ['__proto__', "there is no serializer '__proto__', known are json, devalue, hex"],
  ])('%s is an error that lists the others', (name, message) => {
    expect(() => withHex().encode(name, 1, 'arguments of add')).toThrow(OptionError);
    expect(() => withHex().encode(name, 1, 'arguments of add')).toThrow(message);
    expect(() => withHex().check(name, 'add')).toThrow(message);
  });
});

test('a content type that is not there is an error that names it', () => {
  const message =
    "result of add came as 'text/x-hex', which no serializer of this app reads (known are application/json, application/vnd.devalue+json); add it with app.registerSerializer()";
  for (const act of [
    () => new Serializers().decode(['text/x-hex', 'a'], 'result of add'),
    () => new Serializers().encodeLike(['text/x-hex', 'a'], 1, 'result of add'),
  ]) {
    expect(act).toThrow(PayloadError);
    expect(act).toThrow(message);
  }
});

test.each([
  [undefined, 'expected a serializer to be { name, contentType, encode, decode }, got: undefined'],
  [{ ...hex, name: '' }, "expected a serializer's name to be a string of 1 to 100 characters, got: ''"],
  [{ ...hex, name: 7 }, 'got: 7'],
  [{ ...hex, name: 'x'.repeat(101) }, '1 to 100 characters'],
  [
    { ...hex, contentType: 'hex' },
    "contentType of serializer 'hex' to be like 'application/x-mine', got: 'hex'",
  ],
  [{ ...hex, contentType: 'Text/X-Hex' }, "got: 'Text/X-Hex'"],
  [{ ...hex, contentType: `text/${'x'.repeat(100)}` }, "to be like 'application/x-mine'"],
  [{ ...hex, encode: undefined }, "expected encode of serializer 'hex' to be a function, got: undefined"],
  [{ ...hex, decode: 'no' }, "expected decode of serializer 'hex' to be a function, got: 'no'"],
  [{ ...hex, name: 'json' }, "this app already has a serializer 'json'"],
  [{ ...hex, name: 'devalue' }, "this app already has a serializer 'devalue'"],
  [
    { ...hex, contentType: 'application/json' },
    "the content type 'application/json' of serializer 'hex' is that of 'json'",
  ],
])('what is no serializer, or is there already, is not registered: %#', (given, message) => {
  const serializers = new Serializers();
  expect(() => serializers.register(given)).toThrow(UsageError);
  expect(() => serializers.register(given)).toThrow(message);
});

test('one that fails is an error that names the value and has the cause', () => {
  const broken = withHex({
    encode: () => 7,
    decode: () => {
      throw new RangeError('no digits');
    },
  });
  expect(() => broken.encode('hex', [1], 'result of add')).toThrow(
    "result of add: expected serializer 'hex' to write a string, got: 7",
  );
  expect(() => broken.decode(['text/x-hex', 'a'], 'result of add')).toThrow(
    expect.objectContaining({
      name: 'PayloadError',
      message: "result of add cannot be read by 'hex': no digits",
      cause: expect.any(RangeError),
    }),
  );
  expect(() => withHex().encode('hex', 7, 'x')).toThrow(/^x cannot be written by 'hex': .*not a function/);
});

test('an object with methods of its own keeps its this', () => {
  class Counting implements Serializer {
    readonly name = 'counting';
    readonly contentType = 'text/x-counting';
    written = 0;
    encode(value: unknown): string {
      this.written += 1;
      return String(value);
    }
    decode(body: string): unknown {
      return body;
    }
  }
  const counting = new Counting();
  const serializers = new Serializers();
  serializers.register(counting);
  serializers.encode('counting', 1, 'x');
  expect(counting.written).toBe(1);
});
