// Takes the pictures of the page in docs/images: starts all of it on a free port, uses each view, and looks. The strip
// shows one task moving through its states, one picture per change.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { ...desktop, colorScheme: 'light' },
  dark: { ...desktop, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 1.5,
    isMobile: true,
    hasTouch: true,
    colorScheme: 'light',
  },
};

const call = (page: Page, name: string) =>
  page.getByRole('button', { name: `Call ${name}`, exact: true }).click();
const card = (page: Page, label: string) => page.getByRole('article', { name: label });

/** Every task once, so that each ends or is caught on its way. */
async function callEach(page: Page): Promise<void> {
  await call(page, 'broken');
  await card(page, 'broken(17)').getByRole('status').getByText('FAILURE').waitFor();
  await call(page, 'burst');
  await card(page, '500 × add(n, n)').getByText('there and back').waitFor();
  await call(page, 'flaky');
  await card(page, 'flaky(2)').getByRole('status').getByText('SUCCESS').waitFor();
  await call(page, 'add');
  await card(page, 'add(2, 3)').getByRole('status').getByText('SUCCESS').waitFor();
  await call(page, 'story');
  await call(page, 'slow');
  await card(page, 'slow(4)')
    .getByText(/1[2-9] of 20/)
    .waitFor();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(images, `${name}.png`), fullPage: true });
}

async function pictures(browser: Browser, address: string, look: string): Promise<void> {
  const page = await browser.newPage(looks[look] ?? desktop);
  await page.goto(address);
  await callEach(page);
  await page.locator('.task-list').evaluate((list) => list.scrollTo({ left: 0, behavior: 'instant' }));
  await picture(page, `page-${look}`);
  await page.getByRole('link', { name: 'Break it' }).click();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('.dot[data-state="SUCCESS"]').nth(60).waitFor();
  await page.getByRole('button', { name: 'Cut the connection' }).click();
  await page.locator('.dot[data-state="UNSENT"]').nth(20).waitFor();
  await picture(page, `break-${look}`);
  await page.getByRole('link', { name: 'Monitor' }).click();
  await page.locator('.task-rows [data-state="STARTED"]').first().waitFor();
  await page.locator('.chart').getByText('median').waitFor();
  await picture(page, `monitor-${look}`);
  await page.goBack();
  await page.getByRole('button', { name: 'Stop sending' }).click();
  await page.getByRole('link', { name: 'Playground' }).click();
  await call(page, 'slow');
  await card(page, 'slow(4)').first().getByRole('link').click();
  await page.getByText(/1[2-9] of 20/).waitFor();
  await picture(page, `task-${look}`);
  await page.close();
}

/** The frames of a strip: the card of a task that fails twice, at each change. */
async function strip(browser: Browser, address: string): Promise<void> {
  const page = await browser.newPage({ ...desktop, colorScheme: 'light' });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(address);
  await call(page, 'flaky');
  const flaky = card(page, 'flaky(2)');
  const frames: string[] = [];
  for (const count of [3, 5, 7]) {
    await flaky
      .locator('.station')
      .nth(count - 1)
      .waitFor();
    frames.push((await flaky.screenshot()).toString('base64'));
  }
  // A page of its own: the live one's policy forbids pictures from elsewhere.
  await page.goto('about:blank');
  await page.setContent(
    `<body style="margin:0;display:inline-grid;gap:10px;padding:14px;background:#f1f3ea">${frames
      .map((frame) => `<img src="data:image/png;base64,${frame}">`)
      .join('')}</body>`,
  );
  await page.locator('body').screenshot({ path: join(images, 'task-strip.png') });
  await page.close();
}

const scratch = mkdtempSync(join(tmpdir(), 'celeriac-pictures-'));
const argv = ['--conditions', 'celeriac-source', join(root, 'demo-web/supervisor/main.ts')];
const supervisor = spawn(process.execPath, argv, {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    CELERIAC_PORT: '0',
    CELERIAC_LOG_LEVEL: 'fatal',
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
  for (const look of Object.keys(looks)) await pictures(browser, address, look);
  await strip(browser, address);
  await browser.close();
} finally {
  supervisor.kill('SIGTERM');
  await ended;
  rmSync(scratch, { recursive: true, force: true });
}
