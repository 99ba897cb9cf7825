import { describe, expect, test } from 'vitest';
import { CLIENT_FRAMES } from './table.ts';

const readControl = (value: unknown) => CLIENT_FRAMES.control.read(value, 'control');

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
    [['rateLimit'], 'control[0]'],
    [[['reboot', 'add', 1]], 'control[0][0]'],
    [[['rateLimit', '', 1]], 'control[0][1]'],
    [[['rateLimit', 'add', 0]], 'control[0][2]'],
    [[['rateLimit', 'add', Number.NaN]], 'control[0][2]'],
    [[['rateLimit', 'add', 1e12]], 'control[0][2]'],
    [[['rateLimit', 'add', '10/s']], 'control[0][2]'],
    [[['concurrencyLimit', 'add', 0]], 'control[0][2]'],
    [[['concurrencyLimit', 'add', 1.5]], 'control[0][2]'],
    [[['concurrencyLimit', 'add', { key: 100_000 }]], 'control[0][2].key'],
    [[['concurrencyLimit', 'add', [1]]], 'control[0][2]'],
    [[['pauseQueue', '']], 'control[0][1]'],
    [[['revokeToken', 'iss', 'x', null]], 'control[0][1]'],
    [[['revokeToken', 'sub', '', null]], 'control[0][2]'],
    [[['revokeToken', 'sub', 'x'.repeat(1_025), null]], 'control[0][2]'],
    [[['revokeToken', 'sub', 'x', -1]], 'control[0][3]'],
    [[['backup', '']], 'control[0][1]'],
    [[['backup', 'x'.repeat(1_025)]], 'control[0][1]'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(() => readControl(value)).toThrow(`expected ${place} to be`);
  });
});
