import { expect, test } from '@playwright/test';
import { LivePage } from './live-page.ts';

let live: LivePage;
let address = '';

test.beforeEach(async () => {
  live = new LivePage();
  address = await live.live();
});

test.afterEach(async () => {
  await live.stop();
});

test('the worker killed, the connection cut, the gateway killed: nothing is lost, and the page proves it', async ({
  page,
}) => {
  await page.goto(`${address}/#/break`);
  await page.getByRole('button', { name: 'Start' }).click();
  const counter = (name: string) =>
    page
      .locator('.counter')
      .filter({ has: page.getByText(name, { exact: true }) })
      .getByRole('definition');
  const number = async (name: string): Promise<number> => Number(await counter(name).textContent());
  const happened = page.getByRole('log');
  await expect.poll(() => number('ended as expected')).toBeGreaterThan(5);

  await page.getByRole('button', { name: 'Kill the worker' }).click();
  await expect(happened).toContainText('killed the worker (SIGKILL)');
  await page.getByRole('button', { name: 'Cut the connection' }).click();
  await expect(happened.getByText('connected again after')).toHaveCount(1);
  await expect.poll(() => number('run again after a lost worker')).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Kill the gateway' }).click();
  await expect(happened.getByText('connected again after')).toHaveCount(2);

  await expect(page.locator('.verdict')).toHaveText(
    'Nothing is lost, nothing counted twice: 300 answers add up to 44,850.',
    { timeout: 180_000 },
  );
  expect(await number('accepted, on disk')).toBe(300);
  expect(await number('ended as expected')).toBe(300);
  expect(await number('lost')).toBe(0);
});

test('only the page itself may break anything', async ({ page, request }) => {
  expect((await request.post(`${address}/break/worker`)).status()).toBe(403);
  const headers = { 'x-celeriac-page': '1' };
  expect((await request.get(`${address}/break/worker`, { headers })).status()).toBe(405);
  expect((await request.post(`${address}/break/store`, { headers })).status()).toBe(404);
  const foreign = { ...headers, origin: 'http://evil.example' };
  expect((await request.post(`${address}/break/worker`, { headers: foreign })).status()).toBe(403);
  await page.goto(address);
  await page.getByRole('button', { name: 'Call add' }).click();
  await expect(page.getByRole('article', { name: 'add(2, 3)' }).locator('output')).toHaveText('5');
});
