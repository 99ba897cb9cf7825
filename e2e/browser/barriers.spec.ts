import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { sharedPage } from './shared-page.ts';

const shared = sharedPage();

/** What of a view depends on whether it is light or dark. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** What axe finds in a view as it stands: once with all rules, once more in the dark with those about colours. */
async function barriers(page: Page): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // There are no frames, so axe needs no page of its own to put its findings together.
    const axe = new AxeBuilder({ page }).setLegacyMode().options({
      resultTypes: ['violations'],
      ...(colorScheme === 'dark' ? { runOnly: { type: 'rule', values: COLOURS } } : {}),
    });
    const { violations } = await axe.analyze();
    for (const { id, impact, nodes } of violations)
      if (impact === 'serious' || impact === 'critical')
        found.push([colorScheme, id, nodes.map(({ html }) => html).slice(0, 3)]);
  }
  return found;
}

test.describe('no view has a serious barrier, light or dark:', () => {
  test('the playground, empty', async ({ page }) => {
    await page.goto(shared.address);
    await expect(page.locator('.connection')).toHaveAttribute('data-connection', 'open');
    expect(await barriers(page)).toEqual([]);
  });

  test('the playground, with calls of each kind and all that unfolds', async ({ page }) => {
    await page.goto(shared.address);
    for (const [task, value] of Object.entries({ slow: '1', story: '5', burst: '20' }))
      await page.getByRole('form', { name: task }).getByRole('spinbutton').fill(value);
    for (const task of ['broken', 'flaky', 'story', 'burst', 'slow'])
      await page.getByRole('button', { name: `Call ${task}`, exact: true }).click();
    await page.getByRole('article', { name: 'broken(17)' }).getByText('Traceback', { exact: true }).click();
    await page.getByRole('form', { name: 'add' }).getByText('Options of add').click();
    await page.getByRole('form', { name: 'add' }).getByText('Code of add').click();
    await expect(page.getByRole('article', { name: /20 ×/ })).toContainText('20 SUCCESS');
    for (const label of ['flaky(2)', 'story(5)', 'slow(1)'])
      await expect(page.getByRole('article', { name: label })).toHaveAttribute('data-state', 'SUCCESS');
    expect(await barriers(page)).toEqual([]);
  });

  test('a task that runs, and its progress', async ({ page }) => {
    await page.goto(shared.address);
    await page.getByLabel('how many seconds it takes').fill('60');
    await page.getByRole('button', { name: 'Call slow', exact: true }).click();
    const slow = page.getByRole('article', { name: 'slow(60)' });
    await expect(slow.getByRole('progressbar')).toBeVisible();
    expect(await barriers(page)).toEqual([]);
    await slow.getByRole('button', { name: 'Revoke' }).click();
    await expect(slow).toHaveAttribute('data-state', 'REVOKED');
  });

  test('a task that failed', async ({ page }) => {
    const res = shared.app.sendTask('broken', [17]);
    await page.goto(`${shared.address}/#/tasks/${res.id}`);
    await expect(page.locator('.task-view .badge')).toHaveText('FAILURE');
    expect(await barriers(page)).toEqual([]);
  });

  test('the monitor, with a question', async ({ page }) => {
    await Promise.all([1, 2, 3].map((n) => shared.app.sendTask('add', [n, n]).get({ timeout: 60 })));
    await page.goto(`${shared.address}/#/monitor`);
    await expect(page.locator('.task-rows tbody tr').first()).toBeVisible();
    await page.getByRole('button', { name: /^Shut down/ }).click();
    expect(await barriers(page)).toEqual([]);
  });

  test('what breaks things, while calls are on their way', async ({ page }) => {
    await shared.app.control.pauseQueue('default');
    await page.goto(`${shared.address}/#/break`);
    await page.getByRole('button', { name: 'Start' }).click();
    await expect(page.locator('.verdict')).toContainText('on their way');
    await page.getByRole('button', { name: 'Stop sending' }).click();
    expect(await barriers(page)).toEqual([]);
    await shared.app.control.purge('default');
    await shared.app.control.resumeQueue('default');
  });
});
