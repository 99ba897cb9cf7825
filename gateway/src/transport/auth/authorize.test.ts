import { describe, expect, test } from 'vitest';
import { authorize } from './authorize.ts';
import { allows, type Grant, OPEN_GRANT } from './grant.ts';

function holding(...scopes: readonly string[]): Grant {
  return { ...OPEN_GRANT, subject: 'test', scopes };
}

const FRAMES = Object.keys(authorize) as (keyof typeof authorize)[];
/** What needs no scope, because the connection had to have one to come so far. */
const FREE = [
  'unwatch',
  'tookChunks',
  'closeStreams',
  'knock',
  'definitions',
  'held',
  'started',
  'progress',
  'chunks',
  'settled',
  'release',
  'closeFeeds',
  'capacity',
  'beat',
  'bye',
];

describe('the table of frames', () => {
  test('has every frame of both links', () => {
    expect([...FRAMES].sort()).toEqual(
      [
        'define',
        'submit',
        'watch',
        'get',
        'openStreams',
        'revoke',
        'forget',
        'control',
        'openFeeds',
        'list',
        'hello',
        ...FREE,
      ].sort(),
    );
  });

  test.each(FRAMES.filter((frame) => !FREE.includes(frame)))('denies %s without a scope', (frame) => {
    expect(authorize[frame](holding(), 'add')).toBe(false);
    expect(authorize[frame](holding('other:add', 'admin:read', 'add', ''), 'add')).toBe(false);
  });

  test.each(FRAMES)('lets an open grant do %s', (frame) => {
    expect(authorize[frame](OPEN_GRANT, 'add')).toBe(true);
  });

  test.each([
    ['define', 'call:add'],
    ['submit', 'call:add'],
    ['watch', 'read:add'],
    ['get', 'read:add'],
    ['openStreams', 'read:add'],
    ['revoke', 'revoke:add'],
    ['forget', 'revoke:add'],
    ['control', 'admin:add'],
    ['openFeeds', 'admin:add'],
    ['list', 'admin:add'],
    ['hello', 'work:add'],
  ] as const)('lets %s pass with %s, and only that', (frame, scope) => {
    const passing = FRAMES.filter(
      (other) => !FREE.includes(other) && authorize[other](holding(scope), 'add'),
    );
    expect(passing).toContain(frame);
    expect(authorize[frame](holding(scope), 'mul')).toBe(false);
    const verb = scope.split(':')[0];
    for (const other of passing) {
      expect([frame, ...(verb === 'work' ? [] : passing)]).toContain(other);
    }
  });
});

describe('a scope', () => {
  test.each([
    ['call:add', 'add', true],
    ['call:add', 'adder', false],
    ['call:*', 'anything', true],
    ['call:media.*', 'media.encode', true],
    ['call:media.*', 'media', false],
    ['call:media.*', 'other.encode', false],
    ['*', 'add', true],
    ['call:', 'add', false],
    ['CALL:add', 'add', false],
    ['call:a*d', 'add', false],
  ])('%s covers a call of %s: %s', (scope, name, expected) => {
    expect(allows(holding(scope), 'call', name)).toBe(expected);
  });

  test('of one verb does not cover another whose name it begins', () => {
    expect(allows(holding('re*'), 'revoke', 'x')).toBe(true);
    expect(allows(holding('read:*'), 'revoke', 'x')).toBe(false);
  });
});
