// Takes the pictures of the page in docs/images: starts all of it on a free port, calls each task, and looks.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const pictures: Readonly<Record<string, BrowserContextOptions>> = {
  'page-light': { ...desktop, colorScheme: 'light' },
  'page-dark': { ...desktop, colorScheme: 'dark' },
  'page-phone': {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    colorScheme: 'light',
  },
};

/** Every task once, so that each ends or is caught on its way. */
async function callEach(page: Page): Promise<void> {
  const call = (name: string) => page.getByRole('button', { name: `Call ${name}`, exact: true }).click();
  const card = (label: string) => page.getByRole('article', { name: label });
  await call('broken');
  await card('broken(17)').getByRole('status').getByText('FAILURE').waitFor();
  await call('burst');
  await card('100 × add(n, n)').getByText('there and back').waitFor();
  await call('flaky');
  await card('flaky(2)').getByRole('status').getByText('SUCCESS').waitFor();
  await call('add');
  await card('add(2, 3)').getByRole('status').getByText('SUCCESS').waitFor();
  await call('slow');
  await card('slow(4)')
    .getByText(/1[2-9] of 20/)
    .waitFor();
}

const scratch = mkdtempSync(join(tmpdir(), 'celeriac-pictures-'));
const supervisor = spawn(process.execPath, [join(root, 'demo-web/supervisor/main.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    CELERIAC_PORT: '0',
    CELERIAC_LOG_LEVEL: 'warn',
    CELERIAC_STORE: `sqlite:${join(scratch, 'page.db')}`,
  },
});
const ended = once(supervisor, 'exit');
try {
  const [said] = await Promise.race([once(createInterface({ input: supervisor.stdout }), 'line'), ended]);
  const address = /http:\S+/.exec(String(said))?.[0];
  if (address === undefined) throw new Error('the page did not start');
  const executablePath = execFileSync(process.execPath, [join(root, 'tools/find-chromium.ts')], {
    encoding: 'utf8',
  }).trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  mkdirSync(images, { recursive: true });
  for (const [name, options] of Object.entries(pictures)) {
    const page = await browser.newPage(options);
    await page.goto(address);
    await callEach(page);
    await page.mouse.move(0, 0);
    await page.locator('.task-list').evaluate((list) => list.scrollTo({ left: 0, behavior: 'instant' }));
    await page.screenshot({ path: join(images, `${name}.png`), fullPage: true });
    await page.close();
  }
  await browser.close();
} finally {
  supervisor.kill('SIGTERM');
  await ended;
  rmSync(scratch, { recursive: true, force: true });
}
