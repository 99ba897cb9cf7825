import { OptionError } from '@celeriac/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTaskArgument } from './task-argument.ts';

test.each([
  ['2', 2],
  ['-2.5', -2.5],
  ['true', true],
  ['null', null],
  ['"2"', '2'],
  ['[1,"a"]', [1, 'a']],
  ['{"a":1}', { a: 1 }],
  ['a.mov', 'a.mov'],
  ['', ''],
  ['NaN', 'NaN'],
  ['{a:1}', '{a:1}'],
])('%s is %j', (text, value) => {
  expect(readTaskArgument(text)).toEqual(value);
});

test.each([
  '0.1',
  '3.14159265358979323846',
  '1.0',
  '-0.0',
  '0e5',
  '1e23',
  '-1E+23',
  '100000000000000000000',
  '9007199254740992',
  '18446744073709551616',
  '[0.5e-3]',
])('keeps %s', (text) => {
  expect(readTaskArgument(text)).toEqual(JSON.parse(text));
});

test.each([
  ['12345678901234567890', '12345678901234567000'],
  ['-9007199254740993', '-9007199254740992'],
  ['1e400', 'Infinity'],
  ['1e-400', '0'],
  ['[{"id":12345678901234567890.5}]', '12345678901234567000'],
])('refuses %s, which would become another number', (text, becomes) => {
  expect(() => readTaskArgument(text)).toThrow(OptionError);
  expect(() => readTaskArgument(text)).toThrow(`which would become ${becomes}`);
});

test('keeps every number that a program writes', () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
      expect(readTaskArgument(JSON.stringify(value))).toBe(value === 0 ? 0 : value);
    }),
  );
});

test('keeps a whole number as it is, or says that it cannot', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (whole) => {
      const isSame = BigInt(Number(whole)) === whole;
      const read = (): unknown => readTaskArgument(`${whole}`);
      if (isSame) expect(read()).toBe(Number(whole));
      else if (!`${whole}`.endsWith('0')) expect(read).toThrow(OptionError);
    }),
  );
});
