import { OptionError } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { readCount, readDate, readDuration, readSwitch, readUrl } from './readers.ts';

test.each([
  ['10', 10_000],
  ['0.25', 250],
  ['250ms', 250],
  ['5m', 300_000],
])('the duration %s is %d ms', (given, ms) => {
  expect(readDuration(given, 'timeout')).toBe(ms);
});

test('a time is an ISO date', () => {
  expect(readDate('2030-01-31T12:00:00Z', 'eta')).toEqual(new Date(Date.UTC(2030, 0, 31, 12)));
});

test.each([
  [readDuration, '10x'],
  [readDuration, '-1'],
  [readDate, '7'],
  [readDate, 'tomorrow'],
  [readDate, '2030-13-01'],
  [readCount, '1.5'],
  [readCount, '-1'],
  [readSwitch, 'perhaps'],
  [readUrl, 'localhost:7600'],
  [readUrl, 'ftp://localhost'],
])('%o refuses %s, naming the flag', (read, given) => {
  const attempt = (): unknown => read(given, 'some-flag');
  expect(attempt).toThrow(OptionError);
  expect(attempt).toThrow('--some-flag');
});
