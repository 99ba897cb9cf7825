import { COMMANDS, type ControlItem, FEED_SCOPES, type FeedKind, ORDERS } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { authorize, authorizeCommand, authorizeFeed } from './authorize.ts';
import { allows, allowsOwn, type Grant, OPEN_GRANT } from './grant.ts';

function holding(...scopes: readonly string[]): Grant {
  return { ...OPEN_GRANT, subject: 'test', scopes };
}

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

  test.each([
    [['call:b*', 'call:ba*', 'call:a'], 'bad'],
    [['call:z*', 'call:a*', 'call:m*'], 'mul'],
    [['call:a*', '*', 'call:b*'], 'zip'],
    [['call:\ud800*', 'call:\uffff*', 'call:a*'], '\uffff!'],
  ])('is found among others: %j cover %s', (scopes, name) => {
    expect(allows(holding(...scopes), 'call', name)).toBe(true);
    expect(allows(holding(...scopes), 'admin', name)).toBe(scopes.includes('*'));
  });

  test('finding 23: a name that ends in a star is allowed alone by \\*', () => {
    expect(allows(holding('call:x\\*'), 'call', 'x*')).toBe(true);
    expect(allows(holding('call:x\\*'), 'call', 'xyz')).toBe(false);
    expect(allows(holding('call:x*'), 'call', 'xyz')).toBe(true);
  });

  test('finding 19: is looked up, however many there are', () => {
    const scopes = Array.from({ length: 250 }, (_, number) =>
      number % 2 === 0 ? `read:t${number}` : `read:p${number}*`,
    );
    let read = 0;
    const counted = new Proxy(scopes, {
      get(target, key, receiver) {
        read += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    const grant: Grant = { ...OPEN_GRANT, scopes: counted };
    allows(grant, 'read', 'first');
    const toIndex = read;
    for (let number = 0; number < 70_000; number++) allows(grant, 'read', `t${number}`);
    expect(read).toBe(toIndex);
    expect(allows(grant, 'read', 't248')).toBe(true);
    expect(allows(grant, 'read', 'p249 and more')).toBe(true);
    expect(allows(grant, 'read', 't249')).toBe(false);
  });
});

describe('own tasks', () => {
  test('are those that the token’s subject called', () => {
    const grant = holding('read:own');
    expect(authorize.watch(grant, 'id')).toBe(false);
    expect(authorize.watch(grant, 'id', 'test')).toBe(true);
    expect(authorize.watch(grant, 'id', 'other')).toBe(false);
    expect(authorize.revoke(grant, 'id', 'test')).toBe(false);
  });

  test('are nobody’s where no subject is said', () => {
    const nobody: Grant = { ...OPEN_GRANT, scopes: ['read:own'] };
    expect(allowsOwn(nobody, 'read', null)).toBe(false);
    expect(authorize.watch(nobody, 'id', null)).toBe(false);
    expect(authorize.watch(holding('read:own'), 'id', null)).toBe(false);
  });

  test('are not the task whose id is own', () => {
    expect(authorize.get(holding('read:own'), 'own')).toBe(false);
    expect(authorize.get(holding('read:*'), 'own')).toBe(true);
  });
});

describe('an open grant', () => {
  test.each(Object.keys(FEED_SCOPES) as FeedKind[])('may open a feed of %s', (kind) => {
    expect(authorizeFeed(kind)(OPEN_GRANT, 'read')).toBe(true);
  });

  test.each([...Object.keys(COMMANDS), ...Object.keys(ORDERS)] as ControlItem[0][])(
    'may give the command %s',
    (command) => {
      expect(authorizeCommand(OPEN_GRANT, command)).toBe(true);
    },
  );
});

describe('a session', () => {
  test('is resumed by who may work on all its queues', () => {
    expect(authorize.session(holding('work:a', 'work:b*'), ['a', 'bc'])).toBe(true);
    expect(authorize.session(holding('work:a'), ['a', 'b'])).toBe(false);
  });
});
