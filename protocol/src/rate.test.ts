import { describe, expect, test } from 'vitest';
import { OptionError } from './errors.ts';
import { formatRate, parseRate } from './rate.ts';

describe('a rate', () => {
  test.each([
    ['10/s', 36_000],
    ['100/m', 6_000],
    ['5/h', 5],
    ['0.5/h', 0.5],
    [' 2 / m ', 120],
    [3, 10_800],
    [0.1, 360],
    [null, null],
  ])('%s is %s an hour', (given, perHour) => {
    expect(parseRate(given, 'rateLimit')).toBe(perHour);
  });

  test.each([
    ['10/s', '10/s'],
    ['120/m', '2/s'],
    ['90/m', '90/m'],
    ['5/h', '5/h'],
    ['0.5/h', '0.5/h'],
  ])('%s is shown as %s', (given, shown) => {
    expect(formatRate(parseRate(given, 'rateLimit') ?? 0)).toBe(shown);
  });

  test.each([
    '',
    '10',
    '10/d',
    '/s',
    '-1/s',
    '0/s',
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2e6,
    true,
    {},
  ])('%s is none', (given) => {
    expect(() => parseRate(given, 'rateLimit')).toThrow(OptionError);
    expect(() => parseRate(given, 'rateLimit')).toThrow(/expected rateLimit to be a number of runs/);
  });
});
