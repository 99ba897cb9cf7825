/** docs/embedding.md: each of its programs, as it stands there, with a port of its own. */
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { checkTypes } from './harness/check-types.ts';
import { Child } from './harness/child.ts';
import { makeApp, makeFolder, startWorker } from './harness/house.ts';
import { blocksOf, fileOf } from './harness/page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = blocksOf('docs/embedding.md');
const TASKS = fileOf(blocksOf('README.md'), 'tasks.ts');

/** The page's programs, beside the packages as they are built. */
function makePrograms(): string {
  const folder = makeFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tasks.ts'), TASKS);
  for (const { file, code } of page) if (file !== undefined) writeFileSync(join(folder, file), code);
  return folder;
}

function start(file: string): Child {
  const folder = makePrograms();
  const child = new Child(process.execPath, [file], { cwd: folder, env: { PORT: '0' } });
  onTestFinished(() => child.kill());
  return child;
}

/** How an upgrade that is nobody's ends. */
function knock(url: string): Promise<'open' | 'ended'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/nobody`);
    socket.once('open', () => resolve('open')).once('error', () => resolve('ended'));
  });
}

test('its programs have no fault of type', () => {
  expect(checkTypes(makePrograms())).toBe('');
});

test.each([
  ['server.ts', '/'],
  ['beside-others.ts', '/'],
  ['express.ts', '/hello'],
  ['fastify.ts', '/hello'],
])('%s serves its own pages, health, workers and clients on one port, and stops', async (file, path) => {
  const program = start(file);
  const url = await program.line(/^http:/);
  expect(await (await fetch(`${url}${path}`)).text()).toBe('a page of mine\n');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/socket.io/`)).status).toBe(400);
  expect(await knock(url)).toBe('ended');
  await startWorker(url);
  expect(await makeApp(url).tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(program.errors).toBe('');
});

test('beside-others.ts leaves their connections to a ws server and another socket.io', async () => {
  const program = start('beside-others.ts');
  const url = await program.line(/^http:/);
  const feed = new WebSocket(`${url.replace('http', 'ws')}/feed`);
  onTestFinished(() => feed.terminate());
  const socket = io(url, { reconnection: false });
  onTestFinished(() => void socket.disconnect());
  const [[heard]] = await Promise.all([
    once(feed, 'message'),
    new Promise<void>((resolve) => socket.once('hello', resolve)),
  ]);
  expect(String(heard)).toBe('hello');
});

test('all-in-one.ts runs its own call', async () => {
  const program = start('all-in-one.ts');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.lines).toEqual(['4']);
});

test('telemetry.ts tells what happens', async () => {
  const program = start('telemetry.ts');
  const [, url = ''] = /^listening (http:.*)$/.exec(await program.line(/^listening/)) ?? [];
  await startWorker(url);
  await program.line(/^new: /);
  expect(await makeApp(url).tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  await program.line(/^accepted 1$/);
  await program.line(/^ended \{ SUCCESS: 1 \}$/);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
});
