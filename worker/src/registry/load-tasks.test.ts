/** Real files, imported by Node itself: what its errors say is what these tests are about. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LOADING, type LoadingSlot } from '@celeriac/client/hosting';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { LOAD_TIMEOUT_MS, loadTasks } from './load-tasks.ts';

/** A loader in virtual time, of these files; without any, of one that never finishes. The first one is loaded. */
function loader(
  files: Readonly<Record<string, string>> = { 'endless.mjs': 'await new Promise(() => {});\n' },
) {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-load-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line).msg) });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const [first = ''] = Object.keys(files);
  return { clock, lines, loading: loadTasks(pathToFileURL(join(folder, first)).href, { clock, log }) };
}

test('a file that does not finish loading is told of after 5 s, ever more rarely, and given up in the end', async () => {
  const { clock, lines, loading } = loader();
  const outcome = expect(loading).rejects.toMatchObject({
    code: 'TASK_FILE',
    message: 'it has not finished loading in 50 s: something that it awaits at its top level never happens',
  });
  await clock.advance(4_999);
  expect(lines).toEqual([]);
  await clock.advance(1);
  expect(lines).toEqual([
    'the task file has not finished loading: something that it awaits at its top level never happens',
  ]);
  await clock.advance(LOAD_TIMEOUT_MS);
  expect(lines).toHaveLength(3);
  await outcome;
});

test('one that waits for a task is told for which', async () => {
  const { clock, lines, loading } = loader();
  const outcome = expect(loading).rejects.toThrow('never happens');
  const slot = globalThis as LoadingSlot;
  const done = slot[LOADING]?.('the result of task add (17)');
  await clock.advance(5_000);
  expect(lines[0]).toContain(
    'it waits at its top level for the result of task add (17), and no task of this file runs before it has loaded',
  );
  done?.();
  await clock.advance(LOAD_TIMEOUT_MS);
  await outcome;
  expect(slot[LOADING]).toBeUndefined();
});

test('one that waits when nothing is left to bring it about fails at once', async () => {
  const { loading } = loader();
  const outcome = expect(loading).rejects.toThrow('nothing is left that could end its wait');
  process.emit('beforeExit', 0);
  await outcome;
});

test.each([
  ['nothing', 'throw undefined'],
  ['an object without a prototype', 'throw Object.create(null)'],
  ['an error with a trap', "throw Object.defineProperty(new Error('no'), 'stack', { get() { throw 1; } })"],
  [
    'a proxy that nobody may look at',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
  ],
])('a file that throws %s could not be loaded', async (_, text) => {
  await expect(loader({ 'throws.mjs': `${text};\n` }).loading).rejects.toMatchObject({ code: 'TASK_FILE' });
});
