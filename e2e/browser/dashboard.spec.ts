import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { type OwnPage, startOwnPage } from './own-page.ts';

const root = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url));
let own: OwnPage;

test.beforeAll(async () => {
  own = await startOwnPage({ root, tasks: `${root}tasks.ts` });
});

test.afterAll(() => own.stop());

test('the dashboard of the examples triggers a task, shows its progress, and cancels another', async ({
  page,
}) => {
  await page.goto(own.address);
  const film = (name: string) => page.getByRole('region', { name });
  await film('metropolis').getByRole('button', { name: 'Encode' }).click();
  await film('sunrise').getByRole('button', { name: 'Encode' }).click();
  await expect(film('metropolis').locator('output')).toContainText('PROGRESS');
  await expect(film('metropolis').getByRole('button', { name: 'Encode' })).toBeDisabled();
  await film('sunrise').getByRole('button', { name: 'Cancel' }).click();
  await expect(film('sunrise').locator('output')).toContainText('REVOKED');
  await expect(film('metropolis').locator('output')).toContainText('SUCCESS metropolis.mp4');
  await expect(film('metropolis').getByRole('progressbar')).toHaveJSProperty('value', 10);
  await expect(film('nosferatu').locator('output')).toHaveText('');
  await expect(page.getByRole('status').first()).toContainText('open');
});
