import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasEnded, thisMachine } from './machine.ts';

test('a machine has the same name each time, which fits on the wire', () => {
  expect(thisMachine()).toBe(thisMachine());
  expect(thisMachine('darwin')).toMatch(/^[\w-]{16}$/);
});

test('a process has ended when it has, and not before', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(hasEnded(pid)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(hasEnded(pid)).toBe(true);
  expect(hasEnded(process.pid)).toBe(false);
});
