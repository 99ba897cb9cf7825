import { expect, type Page, test } from '@playwright/test';
import { GATED, gatesOf, idOf, throughGates } from './gates.ts';
import { sharedPage } from './shared-page.ts';

const shared = sharedPage();
const gates = gatesOf(shared);

let troubles: string[] = [];

/** Whatever the browser complains about: errors of the page, and what its content policy forbids. */
test.beforeEach(async ({ page }) => {
  troubles = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  await page.goto(shared.address);
});

test.afterEach(() => expect(troubles).toEqual([]));

async function call(page: Page, task: string): Promise<void> {
  await page.getByRole('button', { name: `Call ${task}`, exact: true }).click();
}

const card = (page: Page, label: string) => page.getByRole('article', { name: label });
const stations = (page: Page, label: string) => card(page, label).locator('.station-word');

test('shows each task, and what the states will be', async ({ page }) => {
  await expect(page.getByRole('heading', { name: 'Celeriac' })).toBeVisible();
  const tasks = page.getByRole('region', { name: 'Tasks' });
  await expect(tasks.getByRole('heading', { level: 3 })).toHaveText([
    'add',
    'slow',
    'flaky',
    'broken',
    'story',
    'burst',
    'crash',
    'any task',
  ]);
  await expect(page.getByRole('region', { name: 'Calls' })).toContainText('No calls yet');
});

test('says how it is connected, and to whom', async ({ page }) => {
  const badge = page.locator('.connection');
  await expect(badge).toContainText('connected');
  await expect(badge).toContainText(new URL(shared.address).host);
  await expect(badge).toHaveAttribute('data-connection', 'open');
});

test('draws the states of a call with time and reason, and its result', async ({ page }) => {
  await page.getByLabel('x, the first number').fill('20');
  await page.getByLabel('y, the second number').fill('22');
  await call(page, 'add');
  await expect(stations(page, 'add(20, 22)')).toHaveText(['PENDING', 'STARTED', 'SUCCESS']);
  const sum = card(page, 'add(20, 22)');
  await expect(sum.locator('.station-reason')).toHaveText(['submitted', 'started', 'completed']);
  await expect(sum.locator('.station-time')).toHaveText([/^0 ms$/, /^\+[\d.]+ m?s$/, /^\+[\d.]+ m?s$/]);
  await expect(sum.locator('output')).toHaveText('42');
});

test('draws each retry', async ({ page }) => {
  await throughGates(page, 'flaky');
  await call(page, 'flaky');
  const flaky = card(page, 'flaky(2)');
  await expect(stations(page, 'flaky(2)')).toHaveText(['PENDING', 'STARTED']);
  // What is tried again waits in its queue for as long as that is paused.
  await shared.app.control.pauseQueue(GATED);
  await gates.open(await idOf(flaky), 3);
  await expect(flaky).toContainText('tries again: upstream answered 503 at try 1');
  await expect(stations(page, 'flaky(2)')).toHaveText(['PENDING', 'STARTED', 'RETRY']);
  await shared.app.control.resumeQueue(GATED);
  await expect(stations(page, 'flaky(2)')).toHaveText([
    'PENDING',
    'STARTED',
    'RETRY',
    'STARTED',
    'RETRY',
    'STARTED',
    'SUCCESS',
  ]);
  await expect(flaky.locator('output')).toHaveText('"worked at try 3"');
});

test('moves the bar of a task that tells its progress', async ({ page }) => {
  await throughGates(page, 'slow');
  await call(page, 'slow');
  const slow = card(page, 'slow(4)');
  await expect(slow).toContainText('runs');
  await gates.open(await idOf(slow), 1);
  await expect(slow.getByRole('status')).toHaveText('PROGRESS');
  await expect(slow.getByRole('progressbar')).toHaveJSProperty('max', 20);
  await expect(slow).toContainText('1 of 20');
  await gates.open(await idOf(slow), 12);
  await expect(slow).toContainText('13 of 20');
  await expect(slow.getByRole('progressbar')).toHaveJSProperty('value', 13);
  await gates.open(await idOf(slow), 7);
  await expect(stations(page, 'slow(4)')).toHaveText(['PENDING', 'STARTED', 'SUCCESS']);
  await expect(slow.getByRole('button', { name: 'Revoke' })).toHaveCount(0);
});

test('shows the error of a failed task with its cause and its traceback', async ({ page }) => {
  await call(page, 'broken');
  const broken = card(page, 'broken(17)');
  await expect(stations(page, 'broken(17)')).toHaveText(['PENDING', 'STARTED', 'FAILURE']);
  await expect(broken).toContainText('TypeError: order 17 cannot be read');
  await expect(broken).toContainText('caused by SyntaxError');
  await expect(broken.locator('.failure pre')).toBeHidden();
  await broken.getByText('Traceback', { exact: true }).click();
  await expect(broken.locator('.failure pre')).toContainText('tasks.ts');
});

test('revokes a running task', async ({ page }) => {
  await throughGates(page, 'slow');
  await call(page, 'slow');
  const slow = card(page, 'slow(4)');
  await expect(stations(page, 'slow(4)')).toHaveText(['PENDING', 'STARTED']);
  await slow.getByRole('button', { name: 'Revoke' }).click();
  await expect(stations(page, 'slow(4)')).toHaveText(['PENDING', 'STARTED', 'REVOKED']);
  await expect(slow.getByRole('status')).toHaveText('REVOKED');
});

test('draws a stream word by word while its task runs', async ({ page }) => {
  await page.getByLabel('how many words').fill('5');
  await throughGates(page, 'story');
  await call(page, 'story');
  const story = card(page, 'story(5)');
  await expect(stations(page, 'story(5)')).toHaveText(['PENDING', 'STARTED']);
  await gates.open(await idOf(story), 2);
  await expect(story.getByRole('log')).toHaveText('word1 word2 ');
  await expect(story.getByRole('status')).toHaveText('STARTED');
  await gates.open(await idOf(story), 3);
  await expect(story.locator('output')).toHaveText('"5 words"');
  await expect(story.getByRole('log')).toHaveText('word1 word2 word3 word4 word5 ');
});

test('follows a burst of calls to the last one', async ({ page }) => {
  await call(page, 'burst');
  const burst = card(page, '500 × add(n, n)');
  await expect(burst).toContainText('500 SUCCESS');
  await expect(burst).toContainText(/all answered in [\d.]+ m?s/);
});

test('puts the newest call on top, and clears', async ({ page }) => {
  await call(page, 'add');
  await call(page, 'broken');
  const calls = page.getByRole('region', { name: 'Calls' });
  await expect(calls.getByRole('heading', { level: 3 })).toHaveText(['broken(17)', 'add(2, 3)']);
  await calls.getByRole('button', { name: 'Clear' }).click();
  await expect(calls.getByRole('article')).toHaveCount(0);
});

test('copies the code as it stands', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByLabel('x, the first number').fill('7');
  const add = page.getByRole('form', { name: 'add' });
  await add.getByText('Code of add').click();
  await add.getByRole('button', { name: 'Copy the code' }).click();
  await expect(add.getByText('Copied')).toBeAttached();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n')).toHaveLength(9);
  expect(copied).toContain("import type * as tasks from './tasks';");
  expect(copied).toContain('const res = app.tasks.add.delay(7, 3);\n');
});

test('is used by keyboard alone', async ({ page }) => {
  await page.getByLabel('x, the first number').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('5');
  await page.keyboard.press('Enter');
  await expect(card(page, 'add(5, 3)').locator('output')).toHaveText('8');
});

test('a view that is opened by keyboard begins at its beginning', async ({ page }) => {
  await page.getByRole('link', { name: 'Monitor' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.queues')).toContainText('default');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Pause queue default' })).toBeFocused();
});

test('refuses to call with a number that is none', async ({ page }) => {
  await page.getByLabel('x, the first number').fill('');
  await call(page, 'add');
  await expect(page.getByRole('article')).toHaveCount(0);
});

test('keeps the chosen theme', async ({ page }) => {
  await page.getByRole('radio', { name: 'dark' }).check({ force: true });
  await page.reload();
  await expect(page.getByRole('radio', { name: 'dark' })).toBeChecked();
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark');
});

test('fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await call(page, 'flaky');
  await expect(stations(page, 'flaky(2)')).toHaveCount(7);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});
