import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { expect, type Page, test } from '@playwright/test';
import { startOwnPage } from './own-page.ts';

const root = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url));
const gated = fileURLToPath(new URL('../tasks/gated.ts', import.meta.url));

const film = (page: Page, name: string) => page.getByRole('region', { name });
const encode = (page: Page, name: string) => film(page, name).getByRole('button', { name: 'Encode' });

test('the dashboard of the examples triggers a task, shows its progress, and cancels another', async ({
  page,
}) => {
  const own = await startOwnPage({ root, tasks: gated, workerFlags: ['--concurrency', '4'] });
  const app = new Celeriac({ url: own.url });
  await page.goto(own.address);
  await encode(page, 'metropolis').click();
  await encode(page, 'sunrise').click();
  await app.sendTask('allow', ['metropolis', 1]).get({ timeout: 60 });
  await expect(film(page, 'metropolis').locator('output')).toContainText('PROGRESS');
  await expect(encode(page, 'metropolis')).toBeDisabled();
  await film(page, 'sunrise').getByRole('button', { name: 'Cancel' }).click();
  await expect(film(page, 'sunrise').locator('output')).toContainText('REVOKED');
  await app.sendTask('allow', ['metropolis', 9]).get({ timeout: 60 });
  await expect(film(page, 'metropolis').locator('output')).toContainText('SUCCESS metropolis.mp4');
  await expect(film(page, 'metropolis').getByRole('progressbar')).toHaveJSProperty('value', 10);
  await expect(film(page, 'nosferatu').locator('output')).toHaveText('');
  await expect(page.getByRole('status').first()).toContainText('open');
  await app.close();
  await own.stop();
});

test('the task of the dashboard encodes a film', async ({ page }) => {
  const own = await startOwnPage({ root, tasks: `${root}tasks.ts` });
  await page.goto(own.address);
  await encode(page, 'nosferatu').click();
  await expect(film(page, 'nosferatu').locator('output')).toContainText('SUCCESS nosferatu.mp4');
  await own.stop();
});
