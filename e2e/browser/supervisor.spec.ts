import { get, type IncomingHttpHeaders } from 'node:http';
import { expect, test } from '@playwright/test';
import { isRunning } from '../harness/processes.ts';
import { LivePage } from './live-page.ts';
import { sharedPage } from './shared-page.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Not `fetch`, which sends the headers that it likes. */
function ask(address: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port, pathname } = new URL(address);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: pathname.replace(/\/$/, '') + path, headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    }).on('error', reject);
  });
}

test.describe('while it lives, below a path', () => {
  const shared = sharedPage(() => ({ CELERIAC_PATH: '/celeriac' }));

  test('the page comes with a policy that lets nothing else in', async () => {
    const { status, headers } = await ask(shared.address, '/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test('is all below its path', async () => {
    expect(new URL(shared.address).pathname).toBe('/celeriac');
    const root = new URL('/', shared.address).href;
    expect(await ask(root, '/celeriac')).toMatchObject({
      status: 308,
      headers: { location: '/celeriac/' },
    });
    for (const path of ['/', '/healthz', '/icon.svg', '/celeriacs/icon.svg'])
      expect.soft((await ask(root, path)).status, path).toBe(404);
  });

  test('a foreign name or page is refused', async () => {
    expect((await ask(shared.address, '/', { host: 'rebound.example' })).status).toBe(403);
    expect((await ask(shared.address, '/', { origin: 'http://evil.example' })).status).toBe(403);
  });

  test('only files of the page are served, whatever is asked', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/assets',
      '/%00',
    ]) {
      expect.soft((await ask(shared.address, path)).status, path).not.toBe(200);
    }
    expect((await ask(new URL('/', shared.address).href, '//')).status).toBe(400);
    expect((await ask(shared.address, '/icon.svg', { range: 'bytes=9-1' })).status).not.toBe(500);
    expect((await ask(shared.address, '/healthz')).status).toBe(200);
  });

  test('a killed gateway comes back at the same address, and the open page with it', async ({ page }) => {
    await page.goto(shared.address);
    const badge = page.locator('.connection');
    await page.getByRole('button', { name: 'Call add' }).click();
    await expect(badge).toContainText(new URL(shared.address).host);
    const comeBack = shared.live.keepGatewayDown();
    await expect(badge).toContainText('reconnecting');
    comeBack();
    await expect(badge).toContainText(new URL(shared.address).host);
    await page.getByLabel('x, the first number').fill('4');
    await page.getByRole('button', { name: 'Call add' }).click();
    await expect(page.getByRole('article', { name: 'add(4, 3)' }).locator('output')).toHaveText('7');
  });

  test('a killed worker is replaced, and its task runs again', async ({ page }) => {
    await page.goto(shared.address);
    // Far longer than any step here may take: it is revoked in its second run.
    await page.getByLabel('how many seconds it takes').fill('60');
    await page.getByLabel('how many seconds it takes').press('Enter');
    const words = page.locator('.station-word');
    await expect(words).toHaveText(['PENDING', 'STARTED']);
    const [worker = 0] = shared.live.childrenRunning('celeriac.js');
    process.kill(worker, 'SIGKILL');
    await expect(words).toHaveText(['PENDING', 'STARTED', 'PENDING', 'STARTED']);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await expect(words).toHaveText(['PENDING', 'STARTED', 'PENDING', 'STARTED', 'REVOKED']);
  });
});

test('a signal stops both children and then itself', async () => {
  const live = new LivePage();
  await live.live();
  const children = [...live.childrenRunning('gateway.ts'), ...live.childrenRunning('celeriac.js')];
  expect(children).toHaveLength(2);
  expect((await live.stop()).code).toBe(0);
  expect(children.filter(isRunning)).toEqual([]);
});

test('children do not outlive a supervisor that was killed', async () => {
  const live = new LivePage();
  await live.live();
  const children = [...live.childrenRunning('gateway.ts'), ...live.childrenRunning('celeriac.js')];
  live.signal('SIGKILL');
  await expect(() => expect(children.filter(isRunning)).toEqual([])).toPass({ timeout: 60_000 });
  await live.stop();
});

test('a port that is taken is told in one line', async () => {
  const first = new LivePage();
  const { port } = new URL(await first.live());
  const second = new LivePage({ CELERIAC_PORT: port });
  const { code, stderr } = await second.ended;
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    `port ${port} is taken: choose another with CELERIAC_PORT, 0 takes a free one`,
  ]);
  await second.stop();
  await first.stop();
});
