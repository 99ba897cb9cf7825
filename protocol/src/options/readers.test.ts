import { describe, expect, test } from 'vitest';
import { show } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { type OptionReader, readOptions, withoutUndefined } from './option-table.ts';
import * as option from './readers.ts';

test.each<[OptionReader<unknown>, unknown, unknown]>([
  [option.text(3), 'abc', 'abc'],
  [option.integer(0, 9), 9, 9],
  [option.duration(), '1.5s', 1_500],
  [option.duration(5_000), 5, 5_000],
  [option.asGiven(option.duration()), '1.5s', '1.5s'],
  [option.rate, '10/s', 36_000],
  [option.rate, null, null],
  [option.bytes(), 1_000, 1_000],
  [option.bytes(), '1.5 GB', 1.5 * 1024 ** 3],
  [option.moment, new Date(5), 5],
  [option.oneOf(['a', 'b']), 'b', 'b'],
  [option.list(option.integer(1)), [1, 2], [1, 2]],
  [option.orNull(option.integer(1)), null, null],
  [option.orText(option.integer(1)), '7', 7],
  [option.orText(option.integer(1)), 7, 7],
  [option.orText(option.flag), '0', false],
  [option.orText(option.duration()), '60', 60_000],
  [option.orText(option.list(option.orText(option.integer(1)))), '1, 2', [1, 2]],
  [option.orText(option.orNull(option.integer(1))), '7', 7],
])('%#: a value is read', (reader, given, value) => {
  expect(reader(given, 'some')).toEqual(value);
});

test.each<[OptionReader<unknown>, unknown, string]>([
  [option.text(3), 'abcd', "expected some to be a string of 1 to 3 characters, got: 'abcd'"],
  ...[{}, [], new Date(0), () => {}, 'x', { close: 1 }].map(
    (given) =>
      [
        option.part<{ close(): void }>('a door', 'close'),
        given,
        `expected some to be a door with close(), got: ${show(given)}`,
      ] as [OptionReader<unknown>, unknown, string],
  ),
  [option.integer(0, 9), '5', "expected some to be an integer from 0 to 9, got: '5'"],
  [option.integer(1), 2 ** 53, 'expected some to be an integer of at least 1, got: 9007199254740992'],
  [option.duration(5_000), '4999ms', "expected some to be a duration of at least 5 s, got: '4999ms'"],
  [
    option.bytes(10),
    9,
    "expected some to be a number of bytes of at least 10, or a size such as '200mb', got: 9",
  ],
  [option.bytes(), true, "expected some to be a number of bytes, or a size such as '200mb', got: true"],
  [option.list(option.integer(1)), [1, 0], 'expected some[1] to be an integer of at least 1, got: 0'],
  [option.list(option.integer(1), 'integers'), '1,2', "expected some to be an array of integers, got: '1,2'"],
  [
    option.object({ deep: option.flag }),
    { deep: () => 'secret' },
    'expected some.deep to be true or false, got: a function',
  ],
  [option.object({ deep: option.flag }), { depe: true }, "some has no option 'depe'; did you mean 'deep'?"],
  [option.orText(option.integer(1)), '1e3', "expected some to be an integer of at least 1, got: '1e3'"],
])('%#: what cannot be is refused', (reader, given, message) => {
  expect(() => reader(given, 'some')).toThrow(OptionError);
  expect(() => reader(given, 'some')).toThrow(message);
});

describe('a table of options', () => {
  const TABLE = { one: option.flag, two: option.orNull(option.integer(0)) };

  test('leaves out what is not given, and null where it says nothing', () => {
    expect(readOptions({ one: null, two: undefined }, TABLE, 'call()')).toEqual({});
    expect(readOptions({ one: undefined, two: null }, TABLE, 'call()')).toEqual({ two: null });
  });

  test.each(['toString', '__proto__', 'constructor'])('has no option %s', (name) => {
    const given: unknown = JSON.parse(`{"${name}": 1}`);
    expect(() => readOptions(given, TABLE, 'call()')).toThrow(`call() has no option '${name}'`);
  });
});

test('an object is left without what is undefined', () => {
  const shape = withoutUndefined<{ one?: number; two?: null }>({ one: undefined, two: null });
  expect(Object.keys(shape)).toEqual(['two']);
});

test.each([
  ['time_limit', 'timeLimit'],
  ['TIMELIMIT', 'timeLimit'],
  ['quue', 'queue'],
  ['something', undefined],
])('who writes %s means %s', (name, meant) => {
  expect(nearestName(name, ['queue', 'timeLimit', 'softTimeLimit'])).toBe(meant);
});
