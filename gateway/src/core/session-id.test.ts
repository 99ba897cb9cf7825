import { expect, test } from 'vitest';
import { isSessionOf, processOf, sessionIdOf } from './session-id.ts';

const OWNER = { name: 'w1', bootId: 'boot', pid: 4711, machine: 'm1' };

test('a session is that of the process it was given to, and of no other', () => {
  const id = sessionIdOf(OWNER, 'a secret');
  expect(isSessionOf(id, OWNER)).toBe(true);
  expect(isSessionOf(id, { ...OWNER, name: 'w2' })).toBe(false);
  expect(isSessionOf(id, { ...OWNER, bootId: 'another' })).toBe(false);
  expect(isSessionOf(id, { ...OWNER, pid: 4712 })).toBe(false);
  expect(isSessionOf(sessionIdOf(OWNER, 'another secret'), OWNER)).toBe(true);
});

test.each(['', '.', 'a secret', 'a secret.', 'x'.repeat(16)])('%j is nobody’s session', (id) => {
  expect(isSessionOf(id, OWNER)).toBe(false);
  expect(processOf(id)).toEqual({ pid: 0, machine: '' });
});

test('a name and a boot id that run together the same way are told apart', () => {
  const id = sessionIdOf({ ...OWNER, name: 'ab', bootId: 'c' }, 's');
  expect(isSessionOf(id, { ...OWNER, name: 'a', bootId: 'bc' })).toBe(false);
});

test('the id tells of the process, and fits where a session is named', () => {
  expect(processOf(sessionIdOf(OWNER, 'a secret'))).toEqual({ pid: 4711, machine: 'm1' });
  const dotted = { ...OWNER, machine: 'm.1' };
  expect(processOf(sessionIdOf(dotted, 's'))).toEqual({ pid: 4711, machine: 'm.1' });
  const longest = { ...OWNER, pid: 2 ** 32, machine: 'm'.repeat(16) };
  expect(sessionIdOf(longest, 's'.repeat(22)).length).toBeLessThanOrEqual(64);
});
