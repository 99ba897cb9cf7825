/**
 * Where the packages run that is not plain Node: other runtimes, test environments, bundles. Bundles take what a checkout has; the
 * rest comes from npm, once for a checkout, and where it cannot be had, that is told at the end of `npm test`.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { brought } from './harness/brought.ts';
import { Child } from './harness/child.ts';
import { makeFolder, startGateway, startWorker } from './harness/house.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const OWN_BIN = join(root, 'node_modules/.bin');

// At the same time, and beside the tests that need neither.
const runtimes = brought('runtimes', ['bun', 'deno']);
const pages = brought('pages', ['jest', 'vitest']);

let url = '';

/** A program's folder, from which the packages are found as they are built. */
function makeProject(files: Readonly<Record<string, string>>): string {
  const project = makeFolder();
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  return project;
}

async function startHouse(): Promise<void> {
  const origins = ['http://localhost', 'http://localhost:3000'].flatMap((one) => ['--allow-origin', one]);
  ({ url } = await startGateway({ store: 'memory', flags: origins }));
  await startWorker(url);
}

/** The process that this command is, with its lines; it has ended by itself. */
async function ends(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = new Child(command, args, { cwd, env: { ...env, CELERIAC_URL: url } });
  onTestFinished(() => child.kill());
  const { code } = await child.exited;
  expect(`${code}\n${code === 0 ? '' : [...child.lines, child.errors].join('\n')}`).toBe('0\n');
  return child;
}

const CALL = `
import { Celeriac } from '@celeriac/client';
const app = new Celeriac();
const res = app.sendTask('add', [2, 2]);
console.log(await res.get({ timeout: 60 }), res.history.map(({ state }) => state).join());
`;
const CALLED = ['4 PENDING,STARTED,SUCCESS'];

const TEST_IN_A_PAGE = `
import { Celeriac } from '@celeriac/client';
test('calls', async () => {
  expect(typeof window).toBe('object');
  const app = new Celeriac({ url: process.env.CELERIAC_URL });
  expect(await app.sendTask('add', [2, 2]).get({ timeout: 60 })).toBe(4);
  await app.close();
}, 60_000);
`;

const SERVER = `
import { Celeriac } from '@celeriac/client';
import { createGateway } from '@celeriac/gateway';
import { createWorker } from '@celeriac/worker';
const app = new Celeriac();
const add = app.task('add', (x, y) => x + y);
const gateway = createGateway({ port: 0, store: 'sqlite:tasks.db' });
async function main() {
  await gateway.start();
  await createWorker(app, { gateway: gateway.url, pool: 'threads', tasks: 'tasks.mjs' })
    .start()
    .catch((error) => console.log(error.name, error.message));
  const worker = createWorker(app, { gateway: gateway.url });
  await worker.start();
  console.log(await add.delay(2, 2).get({ timeout: 60 }));
  await worker.stop();
  await gateway.stop();
}
main();
`;

/** The commands of docs/environments.md. */
const bundling = [
  ...readFileSync(join(root, 'docs/environments.md'), 'utf8').matchAll(
    /^npx (esbuild .*--outfile=(\S+).*)$/gm,
  ),
].map(([, command = '', out = '']) => [out, command] as const);

test.each(bundling)('gateway and worker are one file: %s', async (out, command) => {
  const project = makeProject({ 'server.mjs': SERVER });
  const env = { ...process.env, PATH: `${OWN_BIN}${delimiter}${process.env['PATH']}` };
  await run('sh', ['-c', `${command} --log-level=warning`], { cwd: project, env });
  const alone = makeFolder();
  cpSync(join(project, out), join(alone, out), { recursive: true });
  const { lines, errors } = await ends(process.execPath, [out], alone);
  expect([lines, errors]).toEqual([
    [
      "UsageError pool 'threads' starts from files of @celeriac/worker, which a bundle does not contain: leave the packages out of the bundle (esbuild --packages=external), or use pool 'inline'",
      '4',
    ],
    '',
  ]);
  expect(existsSync(join(alone, 'tasks.db'))).toBe(true);
});

test('a bundle in which ws cannot send, as webpack makes them, calls with the platform’s WebSocket', async () => {
  await startHouse();
  const project = makeProject({
    'call.mjs': `${CALL}await app.close();`,
    'nothing.cjs': 'module.exports = {};',
  });
  const flags = ['--bundle', '--platform=node', '--format=esm', '--outfile=out.mjs', '--log-level=warning'];
  const banner =
    "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await run(join(OWN_BIN, 'esbuild'), ['call.mjs', ...flags, banner, '--alias:bufferutil=./nothing.cjs'], {
    cwd: project,
  });
  expect((await ends(process.execPath, ['out.mjs'], project)).lines).toEqual(CALLED);
});

test('every command of the page on environments was tried', () => {
  expect(bundling.map(([out]) => out)).toEqual(['out/server.cjs', 'out/server.mjs']);
});

test.each([
  ['deno', ['run', '--allow-net', '--allow-env', '--allow-read']],
  ['bun', []],
])('%s runs the client, and ends when nothing waits', async (name, flags) => {
  const runtime = (await runtimes).get(name);
  if (runtime === undefined) return;
  await startHouse();
  const child = await ends(runtime, [...flags, 'call.mjs'], makeProject({ 'call.mjs': CALL }));
  expect(child.lines).toEqual(CALLED);
});

test('jsdom under Jest and under Vitest is a page', async () => {
  const programs = await pages;
  const [jest, vitest] = [programs.get('jest'), programs.get('vitest')];
  if (jest === undefined || vitest === undefined) return;
  await startHouse();
  const environment = createRequire(jest).resolve('jest-environment-jsdom');
  const project = makeProject({
    'call.test.mjs': TEST_IN_A_PAGE,
    'jest.config.json': JSON.stringify({
      testEnvironment: environment,
      transform: {},
      testMatch: ['**/*.test.mjs'],
    }),
  });
  await ends(jest, ['--no-cache'], project, { NODE_OPTIONS: '--experimental-vm-modules' });
  await ends(vitest, ['run', '--root', '.', '--globals', '--environment', 'jsdom'], project);
});
