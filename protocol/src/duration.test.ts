import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_DURATION_MS, parseDuration, show } from './duration.ts';
import { OptionError } from './errors.ts';

describe('a duration', () => {
  test.each([
    [0, 0],
    [1, 1_000],
    [0.25, 250],
    [10, 10_000],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [' 3 s ', 3_000],
    ['0ms', 0],
    ['3650d', MAX_DURATION_MS],
  ])('%j is %d ms', (given, ms) => {
    expect(parseDuration(given, 'countdown')).toBe(ms);
  });

  test.each([
    [0.0001, 1],
    ['0.2ms', 1],
    ['1.0001s', 1_001],
  ])('%j is rounded up, so that nothing runs early', (given, ms) => {
    expect(parseDuration(given, 'countdown')).toBe(ms);
  });

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    MAX_DURATION_MS / 1_000 + 1,
    '3651d',
    '',
    '10',
    '-1s',
    '1w',
    '1 s 2 ms',
    's',
    '1e3s',
    null,
    undefined,
    true,
    {},
    [10],
    new Date(0),
  ])('refuses %s and names the option', (given) => {
    const parse = () => parseDuration(given, 'countdown');
    expect(parse).toThrow(OptionError);
    expect(parse).toThrow(/^expected countdown to be a number of seconds/);
  });

  test('is never shorter than what was asked for, and an integer', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.constantFrom(['ms', 1], ['s', 1_000], ['m', 60_000]),
        (amount, [unit, factor]) => {
          const text = amount.toFixed(3);
          const ms = parseDuration(`${text}${unit}`, 'x');
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(Math.floor(Number(text) * Number(factor)));
          expect(ms).toBeLessThan(Number(text) * Number(factor) + 1);
        },
      ),
    );
  });
});

describe('a value in an error', () => {
  test.each([
    ['short', "'short'"],
    ['x'.repeat(100), `'${'x'.repeat(80)}…'`],
    [new Date(0), 'Date 1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Date (invalid)'],
    [[1, 2], 'an array'],
    [{ a: 1 }, 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [7, '7'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%s is shown briefly', (value, shown) => {
    expect(show(value)).toBe(shown);
  });
});
