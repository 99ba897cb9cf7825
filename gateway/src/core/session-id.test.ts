import { expect, test } from 'vitest';
import { isSessionOf, sessionIdOf } from './session-id.ts';

const OWNER = { name: 'w1', bootId: 'boot' };

test('a session is that of the process it was given to, and of no other', () => {
  const id = sessionIdOf(OWNER, 'a secret');
  expect(isSessionOf(id, OWNER)).toBe(true);
  expect(isSessionOf(id, { ...OWNER, name: 'w2' })).toBe(false);
  expect(isSessionOf(id, { ...OWNER, bootId: 'another' })).toBe(false);
  expect(isSessionOf(sessionIdOf(OWNER, 'another secret'), OWNER)).toBe(true);
});

test.each(['', '.', 'a secret', 'a secret.', 'x'.repeat(16)])('%j is nobody’s session', (id) => {
  expect(isSessionOf(id, OWNER)).toBe(false);
});

test('a name and a boot id that run together the same way are told apart', () => {
  const id = sessionIdOf({ name: 'ab', bootId: 'c' }, 's');
  expect(isSessionOf(id, { name: 'a', bootId: 'bc' })).toBe(false);
});
