import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { sharedPage } from './shared-page.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const KEY = 'a key of at least thirty-two characters';

function tokenFor(key: string, ...scopes: readonly string[]): string {
  const wanted = scopes.flatMap((scope) => ['--scope', scope]);
  return execFileSync(process.execPath, [CLI, 'token', '--key', key, ...wanted], { encoding: 'utf8' }).trim();
}

const shared = sharedPage(() => ({ CELERIAC_KEY: KEY, CELERIAC_TOKEN: tokenFor(KEY, '*') }));

const asked = (page: Page) => page.getByRole('form', { name: 'Your token' });

async function give(page: Page, token: string): Promise<void> {
  await asked(page).getByLabel('Token', { exact: true }).fill(token);
  await asked(page).getByRole('button', { name: 'Connect' }).click();
}

test('a gateway with keys asks for a token, says what is wrong with one, and lets in who has a good one', async ({
  page,
}) => {
  await page.goto(shared.address);
  await expect(asked(page)).toBeVisible();
  await expect(asked(page).getByRole('alert')).toHaveText('');
  await expect(page.locator('.connection')).toContainText('refused');
  await expect(page.locator('.connection')).toContainText('this gateway requires a token, got none');

  await give(page, tokenFor('another key of as many characters or more', '*'));
  await expect(asked(page).getByRole('alert')).toHaveText(
    'the token was refused: it was not signed with a key of this gateway',
  );
  const { violations } = await new AxeBuilder({ page }).include('.token-form').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await give(page, tokenFor(KEY, '*'));
  await expect(page.locator('.connection')).toHaveAttribute('data-connection', 'open');
  await expect(asked(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Call add' }).click();
  const card = page.getByRole('article', { name: 'add(2, 3)' });
  await expect(card.locator('output')).toHaveText('5');
  await page.reload();
  await expect(page.locator('.connection')).toHaveAttribute('data-connection', 'open');

  await page.getByRole('link', { name: 'Break it' }).click();
  await page.getByRole('button', { name: 'Kill the worker' }).click();
  await expect(page.getByRole('alert')).toHaveText(
    'Not done: a gateway with keys cannot be broken from its page',
  );
});

test('who may only look is told so, in words and with the code, when they order something', async ({
  page,
}) => {
  await page.goto(shared.address);
  await give(page, tokenFor(KEY, 'admin:read', 'read:*'));
  await page.getByRole('link', { name: 'Monitor' }).click();
  await page.getByRole('button', { name: 'Pause queue default' }).click();
  await expect(page.locator('.queues .answer')).toHaveText(/^Pausing default: not done, .+ \(FORBIDDEN\)\.$/);
  await expect(page.locator('.queues .badge')).toHaveCount(0);
});
