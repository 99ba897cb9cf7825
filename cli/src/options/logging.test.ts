/** A program of its own writes the lines: its standard error is what is read here, or not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAM = `
  import { flushLogs, makeLogger } from '${new URL('logging.ts', import.meta.url).href}';
  const log = makeLogger('test', 'info');
  for (let line = 0; line < Number(process.argv[1]); line++) log.info({ line, text: 'x'.repeat(200) }, 'told');
  process.stdout.write('all told');
  await flushLogs();
  process.exit(0);
`;

function start(lines: number): ChildProcess {
  const args = ['--conditions', 'celeriac-source', '--input-type=module', '-e', PROGRAM, String(lines)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('finding 14: a standard error that nobody reads holds up neither the process nor its end', async () => {
  const child = start(50_000);
  child.stderr?.pause();
  const [said] = await once(child.stdout ?? child, 'data');
  expect(String(said)).toBe('all told');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

test('every line is written, in order, before the process ends', async () => {
  const child = start(2_000);
  let text = '';
  child.stderr?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  await once(child, 'close');
  const told = text.trim().split('\n');
  expect(told.map((line) => (JSON.parse(line) as { readonly line: number }).line)).toEqual(
    Array.from({ length: 2_000 }, (_, line) => line),
  );
});
