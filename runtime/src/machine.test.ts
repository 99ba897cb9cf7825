import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { placeIn, type System } from './machine.ts';

const LINUX: System = {
  platform: 'linux',
  pid: 7,
  host: 'box',
  read: () => 'boot 1',
  readLink: () => 'pid:[1]',
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
  signal: (pid) => {
    if (pid !== 7) throw Object.assign(new Error('no'), { code: pid === 8 ? 'EPERM' : 'ESRCH' });
  },
};

function machineOf(system: Partial<System>): string | undefined {
  return placeIn({ ...LINUX, ...system }).machine;
}

function unreadable(): never {
  throw new Error('EACCES');
}

test('a machine has the same name each time, which fits on the wire', () => {
  expect(machineOf({})).toBe(machineOf({ pid: 8 }));
  expect(machineOf({})).toMatch(/^[\w-]{16}$/);
});

test('a container is a machine of its own, and so is one that cannot be told', () => {
  const machines = [{}, { host: 'cave' }, { read: () => 'boot 2' }, { readLink: () => 'pid:[2]' }].map(
    machineOf,
  );
  expect(new Set(machines).size).toBe(4);
  expect(machineOf({ read: unreadable })).toBeUndefined();
  expect(machineOf({ readLink: unreadable })).toBeUndefined();
  expect(machineOf({ platform: 'darwin', read: unreadable, readLink: unreadable })).toMatch(/./);
});

test('a process has ended where there is none of its number, and not where nobody can say', () => {
  const { hasEnded } = placeIn(LINUX);
  expect([7, 8, 9].map(hasEnded)).toEqual([false, false, true]);
});
