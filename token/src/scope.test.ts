import { describe, expect, test } from 'vitest';
import {
  admin,
  call,
  everything,
  faultOfScope,
  queue,
  read,
  readOwn,
  revoke,
  revokeOwn,
  work,
} from './scope.ts';

const add = { name: 'add', delay: () => undefined };

test('each kind of scope is written as a gateway reads it', () => {
  expect([
    call(add),
    call('media.*'),
    queue('fast'),
    read('42'),
    readOwn,
    revoke('42'),
    revokeOwn,
    work('*'),
    admin.read,
    admin.control,
    admin.backup,
    everything,
  ]).toEqual([
    'call:add',
    'call:media.*',
    'queue:fast',
    'read:42',
    'read:own',
    'revoke:42',
    'revoke:own',
    'work:*',
    'admin:read',
    'admin:control',
    'admin:backup',
    '*',
  ]);
});

describe('finding 23: a scope that would be read as another is refused', () => {
  test.each(['send *', ' send', 'send\t*', 'send\n*', 'send\u00a0*', 'send\u0000'])(
    'a name with a gap: %j',
    (name) => {
      for (const make of [call, queue, read, revoke, work])
        expect(() => make(name)).toThrow('without white space');
    },
  );

  test('an empty name', () => {
    for (const make of [call, queue, read, revoke, work]) expect(() => make('')).toThrow('got an empty one');
  });

  test('but a task whose own name ends in a star is allowed alone', () => {
    expect(call({ name: 'x*', delay: () => undefined })).toBe('call:x\\*');
  });

  test('a function that is no task', () => {
    const plain = Object.assign(() => undefined, {});
    // @ts-expect-error no task
    expect(() => call(plain)).toThrow('expected call() to be given a task or its name, got: a function');
    // @ts-expect-error no task
    expect(() => call(undefined)).toThrow('got: undefined');
  });

  test.each([
    ['', 'expected a scope, got an empty one'],
    [5, 'expected a scope to be a string, got: 5'],
    [
      'add',
      "expected a scope to be VERB:WHAT, with one of the verbs call, read, revoke, queue, work, admin, got: 'add'",
    ],
    [
      'call:',
      "expected a scope to be VERB:WHAT, with one of the verbs call, read, revoke, queue, work, admin, got: 'call:'",
    ],
    [
      'a*',
      "expected a scope to be VERB:WHAT, with one of the verbs call, read, revoke, queue, work, admin, got: 'a*'",
    ],
    [
      'Call:add',
      "expected a scope to be VERB:WHAT, with one of the verbs call, read, revoke, queue, work, admin, got: 'Call:add'",
    ],
  ])('%j', (scope, fault) => {
    expect(faultOfScope(scope)).toBe(fault);
  });

  test('everything beside others', () => {
    expect(faultOfScope('*', ['*'])).toBeNull();
    expect(faultOfScope('*', ['call:send', '*'])).toBe("scope '*' must stand alone");
  });
});
