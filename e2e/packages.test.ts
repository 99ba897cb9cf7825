import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeApp, makeFolder, states } from './harness/house.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const RUNTIME_PACKAGES = ['protocol', 'runtime', 'client', 'worker', 'gateway', 'cli'];

async function pack(into: string): Promise<readonly string[]> {
  const folders = RUNTIME_PACKAGES.flatMap((name) => ['-w', name]);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', into, ...folders], { cwd: root });
  return readdirSync(into).map((file) => join(into, file));
}

/** An empty folder with the packages installed as the README says. */
async function install(tarballs: readonly string[]): Promise<string> {
  const folder = makeFolder();
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], { cwd: folder });
  await run('npm', ['pkg', 'set', 'type=module'], { cwd: folder });
  return folder;
}

function start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = new Child(process.execPath, [join(folder, 'node_modules/.bin/celeriac'), ...args], {
    cwd: folder,
    env,
  });
  onTestFinished(() => child.kill());
  return child;
}

/** The README's code block that begins with this comment. */
function example(name: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const code = new RegExp(`\`\`\`ts\\n(// ${name.replace('.', '\\.')}.*?)\`\`\``, 's').exec(readme)?.[1];
  if (code === undefined) throw new Error(`the README has no example ${name}`);
  return code;
}

const TASKS_OF_ANOTHER_COPY = `
import { Celeriac, currentTask } from '@celeriac/client';
export const app = new Celeriac();
export const add = app.task('add', (x: number, y: number) => x + y);
export const outer = app.task('outer', { bind: true }, async (self, x: number) => {
  if (self.request.retries < 2) self.retry({ countdown: 0 });
  const inner = add.delay(x, 1);
  await inner.accepted;
  return [inner.id, currentTask()?.name];
});
`;

test('what is packed installs in an empty folder, runs the README’s example, and works with a second copy', async () => {
  const tarballs = await pack(makeFolder());
  const folder = await install(tarballs);
  for (const name of ['tasks.ts', 'call.ts']) writeFileSync(join(folder, name), example(name));
  const dev = start(folder, ['dev', 'tasks.ts', '--port', '0']);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await dev.line(/http:/))?.[0] ?? '';
  await dev.line(/^ready/);
  const call = new Child(process.execPath, ['call.ts'], { cwd: folder, env: { CELERIAC_URL: url } });
  onTestFinished(() => call.kill());
  expect((await call.exited).code).toBe(0);
  expect(call.lines).toEqual(['PENDING', 'STARTED', 'SUCCESS', '4']);
  await dev.stop();

  const other = await install(tarballs);
  writeFileSync(join(other, 'tasks.ts'), TASKS_OF_ANOTHER_COPY);
  const gateway = start(folder, ['gateway', '--port', '0', '--store', 'memory']);
  const home = /http:\/\/127\.0\.0\.1:\d+/.exec(await gateway.line(/http:/))?.[0] ?? '';
  const worker = start(folder, ['worker', join(other, 'tasks.ts'), '--gateway', home]);
  await worker.line(/^ready/);
  const app = makeApp(home);
  const res = app.sendTask('outer', [41]);
  const [inner, name] = (await res.get({ timeout: 60 })) as [string, string];
  expect(name).toBe('outer');
  expect(await app.AsyncResult(inner).get({ timeout: 60 })).toBe(42);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
});
