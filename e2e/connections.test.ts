import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeFolder } from './harness/house.ts';
import { note } from './harness/notes.ts';

const PROGRAM = fileURLToPath(new URL('../bench/src/connections.ts', import.meta.url));

test('three hundred clients, one that does not read, and a gateway that is killed: no lease, handle or result is lost', async () => {
  const program = new Child(process.execPath, [PROGRAM, '--clients', '300'], { cwd: makeFolder() });
  onTestFinished(() => program.kill());
  const { code } = await program.exited;
  for (const line of program.lines) note(`connections: ${line}`);
  expect({ code, errors: program.errors }).toEqual({ code: 0, errors: '' });
  expect(program.lines.at(-1)).toContain('0 handles and 0 leases lost');
});
