import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeApp, makeFolder, states } from './harness/house.ts';
import { install, pack } from './harness/packed.ts';
import { blocksOf, fileOf } from './harness/page.ts';

function start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = new Child(process.execPath, [join(folder, 'node_modules/.bin/celeriac'), ...args], {
    cwd: folder,
    env,
  });
  onTestFinished(() => child.kill());
  return child;
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
  const folder = makeFolder();
  await install(tarballs, folder);
  const readme = blocksOf('README.md');
  for (const name of ['tasks.ts', 'call.ts']) writeFileSync(join(folder, name), fileOf(readme, name));
  const dev = start(folder, ['dev', 'tasks.ts', '--port', '0']);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await dev.line(/http:/))?.[0] ?? '';
  await dev.line(/^ready/);
  const call = new Child(process.execPath, ['call.ts'], { cwd: folder, env: { CELERIAC_URL: url } });
  onTestFinished(() => call.kill());
  expect((await call.exited).code).toBe(0);
  expect(call.lines).toEqual(['PENDING', 'STARTED', 'SUCCESS', '4']);
  await dev.stop();

  const other = makeFolder();
  await install(tarballs, other);
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
