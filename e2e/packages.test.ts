import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkTypes } from './harness/check-types.ts';
import { Child } from './harness/child.ts';
import { makeApp, makeFolder, states } from './harness/house.ts';
import { install, PUBLISHED, pack } from './harness/packed.ts';
import { blocksOf, fileOf } from './harness/page.ts';

const scratch = mkdtempSync(join(tmpdir(), 'celeriac-packages-'));
/** Had nothing but a place for the tarballs before the packages were installed. */
const folder = join(scratch, 'installed');
beforeAll(async () => {
  for (const path of [folder, join(scratch, 'packs')]) mkdirSync(path);
  await install(await pack(join(scratch, 'packs')), folder);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A program of what is installed. */
function run(place: string, file: string, ...args: readonly string[]): (env?: Environment) => Child {
  return (env = {}) => {
    const child = new Child(process.execPath, [file, ...args], { cwd: place, env });
    onTestFinished(() => child.kill());
    return child;
  };
}

type Environment = Readonly<Record<string, string>>;

const celeriac = (...args: readonly string[]) => run(folder, 'node_modules/.bin/celeriac', ...args);

/** The programs of a package's README, in a folder below that of the installed packages. */
function writeReadme(name: string): void {
  mkdirSync(join(folder, name));
  for (const { file, code } of blocksOf(`${name}/README.md`)) {
    if (file !== undefined) writeFileSync(join(folder, name, file), code);
  }
}

/** What a program of a README is said to print. */
function printedBy(name: string, file: string): string {
  return /^\/\/ prints: (.*)$/m.exec(fileOf(blocksOf(`${name}/README.md`), file))?.[1] ?? 'nothing';
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

test('what is packed installs in an empty folder, and runs the README’s example', async () => {
  const readme = blocksOf('README.md');
  for (const name of ['tasks.ts', 'call.ts', 'page.ts'])
    writeFileSync(join(folder, name), fileOf(readme, name));
  expect(checkTypes(folder)).toBe('');
  const dev = celeriac('dev', 'tasks.ts', '--port', '0')();
  const env = { CELERIAC_URL: /http:\/\/127\.0\.0\.1:\d+/.exec(await dev.line(/http:/))?.[0] ?? '' };
  await dev.line(/^ready/);
  const call = run(folder, 'call.ts')(env);
  expect((await call.exited).code).toBe(0);
  expect(call.lines).toEqual(['PENDING', 'STARTED', 'SUCCESS', '4']);
  const waiting = celeriac('call', 'add', '2', '2', '--wait')(env);
  expect((await waiting.exited).code).toBe(0);
  expect(waiting.lines).toEqual(['4']);
  await dev.stop();
});

test('it works with a second copy of itself', async () => {
  const other = makeFolder();
  for (const part of ['node_modules', 'package.json']) {
    cpSync(join(folder, part), join(other, part), { recursive: true, verbatimSymlinks: true });
  }
  writeFileSync(join(other, 'tasks.ts'), TASKS_OF_ANOTHER_COPY);
  const gateway = celeriac('gateway', '--port', '0', '--store', 'memory')();
  const home = /http:\/\/127\.0\.0\.1:\d+/.exec(await gateway.line(/http:/))?.[0] ?? '';
  const worker = celeriac('worker', join(other, 'tasks.ts'), '--gateway', home)();
  await worker.line(/^ready/);
  const app = makeApp(home);
  const res = app.sendTask('outer', [41]);
  const [inner, name] = (await res.get({ timeout: 60 })) as [string, string];
  expect(name).toBe('outer');
  expect(await app.AsyncResult(inner).get({ timeout: 60 })).toBe(42);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
});

test('the programs of the packages’ own READMEs have no fault of type, and print what they say', async () => {
  for (const name of PUBLISHED) writeReadme(name);
  expect(checkTypes(folder)).toBe('');
  const program = (name: string, file: string) => run(join(folder, name), file);
  const expectToPrint = async (name: string, file: string, env: Environment = {}): Promise<void> => {
    const child = program(name, file)(env);
    expect((await child.exited).code).toBe(0);
    expect(child.lines.join(', ')).toBe(printedBy(name, file));
  };
  await expectToPrint('protocol', 'states.ts');
  await expectToPrint('runtime', 'chunks.ts');

  const minted = program('token', 'token.ts')({ CELERIAC_SECRET: 'k'.repeat(32) });
  const [, claims = ''] = (await minted.line(/./)).split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    sub: 'user-17',
    scope: 'call:add read:own revoke:own',
  });

  const gateway = program('gateway', 'gateway.ts')({ PORT: '0' });
  const listening = await gateway.line(/^listens/);
  expect(listening.replace(/\d+$/, '7600')).toBe(printedBy('gateway', 'gateway.ts'));
  const env = { CELERIAC_URL: listening.replace('listens on ', '') };
  const worker = program('worker', 'worker.ts')(env);
  expect(await worker.line(/^runs/)).toBe(printedBy('worker', 'worker.ts'));
  await expectToPrint('client', 'call.ts', env);
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
});
