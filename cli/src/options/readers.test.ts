import { OptionError } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { date, durationAsGiven, durationOption, flagOption, integerOption, url, words } from './readers.ts';

test.each([
  ['10', 10_000],
  ['0.25', 250],
  ['250ms', 250],
  ['5m', 300_000],
])('the duration %s is %d ms', (given, ms) => {
  expect(durationOption(given, '--timeout')).toBe(ms);
});

test('a duration that is read later is seconds or has its unit', () => {
  expect([durationAsGiven('10', '--keep'), durationAsGiven('30d', '--keep')]).toEqual([10, '30d']);
});

test('a time is an ISO date', () => {
  expect(date('2030-01-31T12:00:00Z', '--eta')).toEqual(new Date(Date.UTC(2030, 0, 31, 12)));
});

test.each([
  [durationOption, '10x'],
  [durationOption, '-1'],
  [durationAsGiven, 'soon'],
  [date, '7'],
  [date, 'tomorrow'],
  [date, '2030-13-01'],
  [integerOption(0), '1.5'],
  [integerOption(0), '-1'],
  [integerOption(0), ''],
  [flagOption, 'perhaps'],
  [url, 'localhost:7600'],
  [url, 'ftp://localhost'],
  [words(integerOption(0)), '1,,2'],
])('%o refuses %s, naming the flag', (read, given) => {
  const attempt = (): unknown => read(given, '--some-flag');
  expect(attempt).toThrow(OptionError);
  expect(attempt).toThrow('--some-flag');
});
