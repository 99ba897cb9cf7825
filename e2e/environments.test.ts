/**
 * Where the packages run that is not plain Node: other runtimes, test environments, bundles. What that takes comes from npm, once
 * for a checkout; where it cannot be had, that is told at the end of `npm test`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeFolder, startGateway, startWorker } from './harness/house.ts';
import { note } from './harness/notes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const OURS = ['protocol', 'runtime', 'token', 'client', 'worker', 'gateway'];
const INSTALL_LIMIT_MS = 150_000;

const TOOLS = {
  esbuild: '0.28.2',
  jest: '30.5.2',
  'jest-environment-jsdom': '30.5.2',
  jsdom: '31.0.1',
  vitest: '5.1.2',
};
const RUNTIMES = { deno: '2.9.6', bun: '1.4.5' };

type Dependencies = Readonly<Record<string, string>>;

/** A folder with these packages, of an earlier run perhaps; `undefined` where npm cannot bring them. */
async function had(what: string, dependencies: Dependencies): Promise<string | undefined> {
  // Bun puts its program in place by a script.
  const manifest = JSON.stringify({
    private: true,
    type: 'module',
    dependencies,
    allowScripts: { bun: true },
  });
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const folder = join(root, 'e2e/.cache', key);
  if (existsSync(join(folder, 'complete'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), manifest);
  const flags = [
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
  ];
  try {
    await run('npm', ['install', ...flags], { cwd: folder, timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    note(`${what}: not tried, npm could not bring it here (${String(error).split('\n')[0]})`);
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  writeFileSync(join(folder, 'complete'), '');
  return folder;
}

/** What our packages need of others. */
function foreignDependencies(): Dependencies {
  const manifests = OURS.map((name) => JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')));
  return Object.fromEntries(
    manifests
      .flatMap(({ dependencies = {} }: { readonly dependencies?: Dependencies }) =>
        Object.entries(dependencies),
      )
      .filter(([name]) => !name.startsWith('@celeriac/')),
  );
}

let tools: string | undefined;
let url = '';

beforeAll(async () => {
  tools = await had('jsdom, bundles, Deno and Bun', { ...foreignDependencies(), ...TOOLS });
  for (const name of tools === undefined ? [] : OURS) {
    const home = join(tools ?? '', 'node_modules/@celeriac', name);
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    for (const part of ['package.json', 'dist'])
      cpSync(join(root, name, part), join(home, part), { recursive: true });
  }
});

/** A program's folder, from which the packages are found. */
function makeProject(files: Readonly<Record<string, string>>): string {
  const project = mkdtempSync(join(tools ?? '', 'project-'));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
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

const bin = (name: string): string => join(tools ?? '', 'node_modules/.bin', name);

const CALL = `
import { Celeriac } from '@celeriac/client';
const app = new Celeriac();
const res = app.sendTask('add', [2, 2]);
console.log(await res.get({ timeout: 60 }), res.history.map(({ state }) => state).join());
`;
const CALLED = ['4 PENDING,STARTED,SUCCESS'];

test.each(Object.entries(RUNTIMES))(
  '%s runs the client, and ends when nothing waits',
  async (name, version) => {
    const runtime = await had(name, { [name]: version });
    if (runtime === undefined || tools === undefined) return;
    await startHouse();
    const project = makeProject({ 'call.mjs': CALL });
    const flags = name === 'deno' ? ['run', '--allow-net', '--allow-env', '--allow-read'] : [];
    const child = await ends(join(runtime, 'node_modules/.bin', name), [...flags, 'call.mjs'], project);
    expect(child.lines).toEqual(CALLED);
  },
);

const TEST_IN_A_PAGE = `
import { Celeriac } from '@celeriac/client';
test('calls', async () => {
  expect(typeof window).toBe('object');
  const app = new Celeriac({ url: process.env.CELERIAC_URL });
  expect(await app.sendTask('add', [2, 2]).get({ timeout: 60 })).toBe(4);
  await app.close();
}, 60_000);
`;

test('jsdom under Jest and under Vitest is a page', async () => {
  if (tools === undefined) return;
  await startHouse();
  const project = makeProject({
    'call.test.mjs': TEST_IN_A_PAGE,
    'jest.config.json': '{"testEnvironment":"jsdom","transform":{},"testMatch":["**/*.test.mjs"]}',
  });
  await ends(bin('jest'), ['--no-cache'], project, { NODE_OPTIONS: '--experimental-vm-modules' });
  await ends(bin('vitest'), ['run', '--root', '.', '--globals', '--environment', 'jsdom'], project);
});

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
  if (tools === undefined) return;
  const project = makeProject({ 'server.mjs': SERVER });
  const env = {
    ...process.env,
    PATH: `${join(tools, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`,
  };
  await run('sh', ['-c', `${command} --log-level=warning`], { cwd: project, env });
  const alone = makeFolder();
  cpSync(join(project, out), join(alone, out), { recursive: true });
  const { lines, errors } = await ends(process.execPath, [out], alone);
  expect([lines, errors]).toEqual([
    [
      "UsageError pool 'threads' begins with files of @celeriac/worker, and a bundle has none beside it: leave the packages out of the bundle (esbuild --packages=external), or take pool 'inline'",
      '4',
    ],
    '',
  ]);
  expect(existsSync(join(alone, 'tasks.db'))).toBe(true);
});

test('a bundle in which ws cannot send, as webpack makes them, calls with the platform’s WebSocket', async () => {
  if (tools === undefined) return;
  await startHouse();
  const project = makeProject({
    'call.mjs': `${CALL}await app.close();`,
    'nothing.cjs': 'module.exports = {};',
  });
  const flags = ['--bundle', '--platform=node', '--format=esm', '--outfile=out.mjs', '--log-level=warning'];
  const banner =
    "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await run(bin('esbuild'), ['call.mjs', ...flags, banner, '--alias:bufferutil=./nothing.cjs'], {
    cwd: project,
  });
  expect((await ends(process.execPath, ['out.mjs'], project)).lines).toEqual(CALLED);
});

test('every command of the page on environments was tried', () => {
  expect(bundling.map(([out]) => out)).toEqual(['out/server.cjs', 'out/server.mjs']);
});
