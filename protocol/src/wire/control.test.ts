import { describe, expect, test } from 'vitest';
import { readControl } from './control.ts';

describe('a control frame', () => {
  test.each([
    [['rateLimit', 'add', 36_000]],
    [['rateLimit', 'add', 0.5]],
    [['rateLimit', 'add', null]],
    [['rateLimit', 'add', 'default']],
    [['concurrencyLimit', 'add', 4]],
    [['concurrencyLimit', 'add', null]],
    [['concurrencyLimit', 'add', { task: 4, key: 'default' }]],
    [['concurrencyLimit', 'add', { key: null }]],
    [['concurrencyLimit', 'add', {}]],
    [['pauseQueue', 'media']],
    [['resumeQueue', 'media']],
    [['revokeToken', 'jti', 'token-1', null]],
    [['revokeToken', 'sub', 'shop', 86_400_000]],
    [['backup', 'monday.db']],
  ])('is read: %j', (item) => {
    expect(readControl([item])).toEqual([item]);
  });

  test.each([
    ['rateLimit', 'control'],
    [['rateLimit'], 'control[]'],
    [[['reboot', 'add', 1]], 'control[0]'],
    [[['rateLimit', '', 1]], 'control.task'],
    [[['rateLimit', 'add', 0]], 'control.rate'],
    [[['rateLimit', 'add', Number.NaN]], 'control.rate'],
    [[['rateLimit', 'add', 1e12]], 'control.rate'],
    [[['rateLimit', 'add', '10/s']], 'control.rate'],
    [[['concurrencyLimit', 'add', 0]], 'control.limit'],
    [[['concurrencyLimit', 'add', 1.5]], 'control.limit'],
    [[['concurrencyLimit', 'add', { key: 100_000 }]], 'control.limit'],
    [[['concurrencyLimit', 'add', [1]]], 'control.limit'],
    [[['pauseQueue', '']], 'control.queue'],
    [[['revokeToken', 'iss', 'x', null]], 'control.by'],
    [[['revokeToken', 'sub', '', null]], 'control.name'],
    [[['revokeToken', 'sub', 'x'.repeat(1_025), null]], 'control.name'],
    [[['revokeToken', 'sub', 'x', -1]], 'control.keepMs'],
    [[['backup', '']], 'control.file'],
    [[['backup', 'x'.repeat(1_025)]], 'control.file'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(() => readControl(value)).toThrow(`expected ${place} to be`);
  });
});
