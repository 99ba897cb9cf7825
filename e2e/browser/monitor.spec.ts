import { expect, type Page, test } from '@playwright/test';
import { GATED, gatesOf } from './gates.ts';
import { sharedPage } from './shared-page.ts';

const shared = sharedPage();
gatesOf(shared);

const line = (page: Page, id: string) => page.locator(`.task-rows [data-task="${id}"]`);

test('follows a task of somebody else through the table to its own page', async ({ page }) => {
  await page.goto(`${shared.address}/#/monitor`);
  const res = shared.app.sendTask('slow', [30], { queue: GATED });
  await expect(line(page, res.id)).toContainText('slow(30)');
  await expect(line(page, res.id)).toContainText('STARTED');
  await expect(page.getByRole('list', { name: /^Running on/ }).filter({ hasText: 'slow' })).toBeVisible();
  await expect(page.locator('.queues')).toContainText('1 running');
  await page.getByRole('radio', { name: 'SUCCESS' }).check({ force: true });
  await expect(line(page, res.id)).toHaveCount(0);
  await page.getByRole('radio', { name: 'all' }).check({ force: true });
  await page.getByRole('searchbox').fill(res.id.slice(-12));
  await expect(page.locator('.task-rows tbody tr')).toHaveCount(1);
  await line(page, res.id).getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'slow(30)' })).toBeVisible();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('article').locator('.badge')).toHaveText('REVOKED');
  await expect(page.locator('.task-view .answer')).toHaveText(
    'It was running, and was told to stop; a result that it still returns is ignored.',
  );
  await expect(page.getByRole('row')).toHaveText([/^State/, /^PENDING/, /^STARTED/, /^REVOKEDrevoked/]);
});

test('says of an id that nobody knows that there is no such task, and nothing else', async ({ page }) => {
  await page.goto(`${shared.address}/#/tasks/nobody-knows-this-one`);
  await expect(page.getByRole('heading', { name: 'No task has this id' })).toBeVisible();
  await expect(page.getByRole('article')).toContainText('nobody-knows-this-one');
  await expect(page.getByRole('table')).toHaveCount(0);
});

test('calls any task that a worker advertises, with options', async ({ page }) => {
  await page.goto(shared.address);
  const form = page.getByRole('form', { name: 'any task' });
  await form.getByRole('combobox', { name: 'task' }).selectOption('add');
  await form.getByLabel('x', { exact: true }).fill('20');
  await form.getByLabel('y', { exact: true }).fill('22');
  await form.getByText('Options of any task').click();
  await form.getByLabel('countdown, s').fill('1');
  await form.getByLabel('priority').fill('9');
  await form.getByText('Code of any task').click();
  await expect(form.locator('code')).toContainText(
    "const res = app.sendTask('add', [20, 22], { countdown: 1, priority: 9 });",
  );
  await shared.app.control.pauseQueue('default');
  await form.getByRole('button', { name: 'Call any task' }).click();
  const card = page.getByRole('article', { name: 'add(20, 22)' });
  await expect(card).toContainText(/waits/);
  await shared.app.control.resumeQueue('default');
  await expect(card.locator('output')).toHaveText('42');
});

test('two thousand tasks are a table that scrolls, and the page stays awake', async ({ page }) => {
  await page.goto(`${shared.address}/#/monitor`);
  await expect(page.locator('.tasks').getByRole('status')).toHaveText(/^(none|[\d,]+)$/);
  await page.evaluate(() => {
    const longest = { ms: 0 };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest.ms = Math.max(longest.ms, duration);
    }).observe({ type: 'longtask' });
    Object.assign(window, { longest });
  });
  const longestSince = (): Promise<number> =>
    page.evaluate(() => {
      const longest: { ms: number } = Reflect.get(window, 'longest');
      const { ms } = longest;
      longest.ms = 0;
      return Math.round(ms);
    });
  const all = Array.from({ length: 2_000 }, (_, n) => shared.app.sendTask('add', [n, 1]));
  await Promise.all(all.map((res) => res.get({ timeout: 120 })));
  const place = (row: number) => page.locator(`.task-rows [aria-rowindex="${row}"]`);
  await expect(page.getByRole('table')).toHaveAttribute('aria-rowcount', '2001');
  await expect(place(2)).toContainText('SUCCESS');
  await expect(page.locator('.tasks').getByRole('status')).toHaveText('the newest 2,000');
  const busy = await longestSince();
  expect(await page.locator('.task-rows tbody tr').count()).toBeLessThan(60);
  await page.locator('.task-frame').evaluate((frame) => frame.scrollTo({ top: frame.scrollHeight }));
  await expect(place(2_001)).toContainText('SUCCESS');
  await expect(place(2)).toHaveCount(0);
  await longestSince();
  const res = shared.app.sendTask('slow', [1]);
  await res.get({ timeout: 60 });
  const idle = await longestSince();
  process.stdout.write(
    `2,000 tasks in the monitor: longest task of the page ${busy} ms while they ran, ${idle} ms idle\n`,
  );
});

test('on a phone nothing scrolls sideways but tables in their frames', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.goto(shared.address);
  const add = page.getByRole('form', { name: 'add' });
  await add.getByText('Options of add').click();
  await add.getByLabel('queue').fill('a-queue-with-a-name-that-is-rather-long');
  await add.getByText('Code of add').click();
  await add.getByRole('button', { name: 'Call add' }).click();
  await expect(page.getByRole('article', { name: 'add(2, 3)' })).toContainText('no worker takes from queue');
  expect(await overflow()).toBe(0);
  await page.getByRole('article').getByRole('link').click();
  await page.getByRole('button', { name: 'Terminate add', exact: true }).click();
  expect(await overflow()).toBe(0);
  await page.getByRole('link', { name: 'Monitor' }).click();
  await expect(page.locator('.queues')).toContainText('a-queue-with-a-name-that-is-rather-long');
  await page
    .getByRole('button', { name: /^Shut down/ })
    .first()
    .click();
  expect(await overflow()).toBe(0);
  await page.getByRole('link', { name: 'Break it' }).click();
  expect(await overflow()).toBe(0);
});
