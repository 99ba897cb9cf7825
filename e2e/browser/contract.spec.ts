import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { expect, test } from '@playwright/test';
import { build } from 'vite';
import { Child } from '../harness/child.ts';
import type * as tasks from '../tasks/tasks.ts';
// Brings the declaration of what the page offers.
import type {} from './fixture/page.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../tasks/tasks.ts', import.meta.url));
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

let folder: string;
let server: Server;
let page: string;
let gateway: Child;
let worker: Child;
let url: string;

/** A page on an origin of its own, so that what it may do is what any allowed page may. */
test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-page-'));
  const root = fileURLToPath(new URL('./fixture', import.meta.url));
  await build({ root, logLevel: 'error', build: { outDir: join(folder, 'dist'), emptyOutDir: true } });
  server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '/');
    try {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
      response.end(readFileSync(join(folder, 'dist', path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page has no port');
  page = `http://127.0.0.1:${address.port}`;
  gateway = new Child(process.execPath, [CLI, 'gateway', '--port', '0', '--allow-origin', page], {
    cwd: folder,
  });
  url = /http:\/\/127\.0\.0\.1:\d+/.exec(await gateway.line(/http:/))?.[0] ?? '';
  const flags = ['--gateway', url, '--queues', 'default,media'];
  worker = new Child(process.execPath, [CLI, 'worker', TASKS, ...flags], { cwd: folder });
  await worker.line(/^ready/);
});

test.afterAll(async () => {
  await worker.stop();
  await gateway.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a call from Chromium comes back as its result', async ({ page: tab }) => {
  await tab.goto(page);
  const seen = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks.add.delay(2, 2);
    const value = await res.get({ timeout: 1 });
    return {
      value,
      id: res.id,
      state: res.state,
      successful: res.successful(),
      failed: res.failed(),
      history: res.history.map(({ state }) => state),
    };
  }, url);
  expect(seen).toMatchObject({ value: 4, state: 'SUCCESS', successful: true, failed: false });
  expect(seen.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen.history).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

test('the same call from Chromium, with types only, and from Node goes the same way', async ({
  page: tab,
}) => {
  await tab.goto(page);
  const fromPage = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks['media.encode'].delay('a.mov');
    return {
      value: await res.get({ timeout: 20 }),
      queue: res.queue,
      history: res.history.map(({ state }) => state),
    };
  }, url);
  const app = new Celeriac<typeof tasks>({ url });
  const res = app.tasks['media.encode'].delay('a.mov');
  const fromNode = {
    value: await res.get({ timeout: 20 }),
    queue: res.queue,
    history: res.history.map(({ state }) => state),
  };
  await app.close();
  expect(fromPage).toEqual(fromNode);
  expect(fromPage.value).toBe('a.mov on media after 5');
  expect(fromPage.queue).toBe('media');
  expect(fromPage.history.filter((state) => state === 'RETRY')).toHaveLength(5);
});

test('a failure reaches Chromium as the error it is', async ({ page: tab }) => {
  await tab.goto(page);
  const seen = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks.fail.delay('<img src=x onerror=alert(1)>');
    const error: unknown = await res.get({ propagate: false });
    return {
      range: error instanceof RangeError,
      message: (error as Error).message,
      traceback: res.traceback,
    };
  }, url);
  expect(seen.range).toBe(true);
  expect(seen.message).toBe('<img src=x onerror=alert(1)>');
  expect(seen.traceback).toMatch(/tasks\.ts:\d+/);
});
