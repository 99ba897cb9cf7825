import { Celeriac } from '@celeriac/client';
import { expect, test } from '@playwright/test';
import type * as tasks from '../tasks/tasks.ts';
// Brings the declaration of what the page offers.
import type {} from './fixture/page.ts';
import { type OwnPage, startOwnPage } from './own-page.ts';

let own: OwnPage;

test.beforeAll(async () => {
  own = await startOwnPage({
    gatewayFlags: ['--path', '/celeriac'],
    workerFlags: ['--queues', 'default,media'],
  });
});

test.afterAll(() => own.stop());

test('a call from Chromium comes back as its result', async ({ page: tab }) => {
  await tab.goto(own.address);
  const seen = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks.add.delay(2, 2);
    const value = await res.get({ timeout: 60 });
    return {
      value,
      id: res.id,
      state: res.state,
      successful: res.successful(),
      failed: res.failed(),
      history: res.history.map(({ state }) => state),
    };
  }, own.url);
  expect(seen).toMatchObject({ value: 4, state: 'SUCCESS', successful: true, failed: false });
  expect(seen.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen.history).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

test('the same call from Chromium, with types only, and from Node goes the same way', async ({
  page: tab,
}) => {
  await tab.goto(own.address);
  const fromPage = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks['media.encode'].delay('a.mov');
    return {
      value: await res.get({ timeout: 60 }),
      queue: res.queue,
      history: res.history.map(({ state }) => state),
    };
  }, own.url);
  const app = new Celeriac<typeof tasks>({ url: own.url });
  const res = app.tasks['media.encode'].delay('a.mov');
  const fromNode = {
    value: await res.get({ timeout: 60 }),
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
  await tab.goto(own.address);
  const seen = await tab.evaluate(async (gatewayUrl) => {
    const res = window.makeApp(gatewayUrl).tasks.fail.delay('<img src=x onerror=alert(1)>');
    const error: unknown = await res.get({ propagate: false });
    return {
      range: error instanceof RangeError,
      message: (error as Error).message,
      traceback: res.traceback,
    };
  }, own.url);
  expect(seen.range).toBe(true);
  expect(seen.message).toBe('<img src=x onerror=alert(1)>');
  expect(seen.traceback).toMatch(/tasks\.ts:\d+/);
});

test('a page whose origin is not allowed is told so in words, at once', async ({ page: tab }) => {
  const address = own.address.replace('127.0.0.1', 'localhost');
  await tab.goto(address);
  const seen = await tab.evaluate(async (gatewayUrl) => {
    const app = window.makeApp(gatewayUrl);
    const words = (error: unknown): readonly string[] => [(error as Error).name, (error as Error).message];
    const [known, called] = await Promise.all([
      app.AsyncResult('known').get().catch(words),
      app.tasks.add.delay(2, 2).accepted.catch((error: Error) => words(error.cause)),
    ]);
    const { state, reason } = app.connection;
    return { known, called, state, reason: words(reason) };
  }, own.url);
  const words = ['RefusedError', `origin '${address}' is not allowed; see --allow-origin`];
  expect(seen).toEqual({ known: words, called: words, state: 'closed', reason: words });
});

test('web workers and service workers call as pages do', async ({ page: tab }) => {
  await tab.goto(own.address);
  const ask = (gatewayUrl: string) =>
    Promise.all([window.askWorker(gatewayUrl), window.askServiceWorker(gatewayUrl)]);
  expect(await tab.evaluate(ask, own.url)).toEqual([4, 4]);
});

test('a page that has a process, as in Electron, is a page', async ({ page: tab }) => {
  await tab.addInitScript(() =>
    Object.assign(window, { process: { versions: { node: '24.0.0' }, env: {} } }),
  );
  const errors: string[] = [];
  tab.on('pageerror', ({ message }) => errors.push(message));
  await tab.goto(own.address);
  const sum = await tab.evaluate(
    (gatewayUrl) => window.makeApp(gatewayUrl).tasks.add.delay(2, 2).get({ timeout: 60 }),
    own.url,
  );
  expect([sum, errors]).toEqual([4, []]);
});
