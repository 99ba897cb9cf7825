import { expect, test } from 'vitest';
import { type CallContent, conflictText, differencesOf } from './call-difference.ts';

const call: CallContent = { name: 'add', args: '[1,2]', options: { queue: 'q', countdownMs: 1_000 } };

test.each<[string, Partial<CallContent>, readonly string[]]>([
  ['nothing', {}, []],
  ['its name', { name: 'sub' }, ['name (add)']],
  ['its arguments', { args: '[1,3]' }, ['arguments']],
  ['the serializer of its arguments', { args: ['x/y', '[1,2]'] }, ['arguments']],
  ['an option', { options: { queue: 'q', countdownMs: 2_000 } }, ['countdown']],
  ['an option that it has not', { options: { queue: 'q' } }, ['countdown']],
  ['options that only it has', { options: null }, ['queue', 'countdown']],
  ['a time', { options: { queue: 'q', countdownMs: 1_000, expiresAt: 5 } }, ['expires']],
  [
    'all of it',
    { name: 'sub', args: '[]', options: null },
    ['name (add)', 'arguments', 'queue', 'countdown'],
  ],
])('what tells two calls apart is named: %s', (_, other, differences) => {
  expect(differencesOf(call, { ...call, ...other })).toEqual(differences);
});

test('arguments that are not kept any more are named where nothing else differs', () => {
  expect(differencesOf({ ...call, args: '' }, call)).toEqual(['arguments, which are no longer kept']);
  expect(differencesOf({ ...call, args: '' }, { ...call, name: 'sub' })).toEqual(['name (add)']);
});

test('a conflict says what differs, where that may be told', () => {
  expect(conflictText('a')).toBe('task id a is already used by another call');
  expect(conflictText('a', ['arguments', 'queue'])).toBe(
    'task id a is already used by another call, which differs in: arguments, queue',
  );
});
