import { expect, type Locator, type Page, test } from '@playwright/test';
import { gatesOf, idOf, throughGates } from './gates.ts';
import { sharedPage } from './shared-page.ts';

const shared = sharedPage();
const gates = gatesOf(shared);

const card = (page: Page, label: string) => page.getByRole('article', { name: label });

async function call(page: Page, task: string, ...values: readonly number[]): Promise<void> {
  const form = page.getByRole('form', { name: task });
  for (const [place, value] of values.entries())
    await form.getByRole('spinbutton').nth(place).fill(`${value}`);
  await form.getByRole('button', { name: `Call ${task}` }).click();
}

/** The page's picture of a task, station by station. */
async function drawn(place: Locator): Promise<readonly unknown[]> {
  return place
    .locator('.station')
    .evaluateAll((stations) =>
      stations.map((station) => [
        station.querySelector('.station-word')?.textContent,
        station.querySelector('.station-reason')?.textContent,
        station.querySelector('time')?.dateTime,
      ]),
    );
}

async function told(id: string): Promise<readonly unknown[]> {
  const { history } = await shared.app.AsyncResult(id).refresh();
  return history.map(({ state, reason, at }) => [state, reason, at.toISOString()]);
}

async function expectTruth(place: Locator, states: readonly string[]): Promise<void> {
  await expect(place.locator('.station-word')).toHaveText([...states]);
  expect(await drawn(place)).toEqual(await told(await idOf(place)));
}

test('every preset is drawn as its history is told to another client, state by state', async ({ page }) => {
  await page.goto(shared.address);
  await call(page, 'broken');
  await call(page, 'flaky', 2);
  await call(page, 'slow', 1);
  await call(page, 'story', 10);
  await call(page, 'add', 2, 3);
  await call(page, 'burst', 500);
  const once = ['PENDING', 'STARTED', 'SUCCESS'];
  await expectTruth(card(page, 'add(2, 3)'), once);
  await expectTruth(card(page, 'broken(17)'), ['PENDING', 'STARTED', 'FAILURE']);
  await expectTruth(card(page, 'story(10)'), once);
  await expectTruth(card(page, 'slow(1)'), once);
  const twice = ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS'];
  await expectTruth(card(page, 'flaky(2)'), twice);

  const burst = card(page, '500 × add(n, n)');
  await expect(burst).toContainText('500 SUCCESS');
  const dots = await burst
    .locator('.dot')
    .evaluateAll((all) =>
      all.map((dot) => [dot.getAttribute('data-task') ?? '', dot.getAttribute('data-state')]),
    );
  expect(new Set(dots.map(([id]) => id)).size).toBe(500);
  const states = await Promise.all(
    dots.map(async ([id]) => (await shared.app.AsyncResult(`${id}`).refresh()).state),
  );
  expect(dots.map(([, state]) => state)).toEqual(states);

  await call(page, 'crash', 1);
  await expectTruth(card(page, 'crash(1)'), ['PENDING', 'STARTED', 'PENDING', 'STARTED', 'SUCCESS']);
});

test('two tabs see the same task, also one that did not call it', async ({ page, context }) => {
  await page.goto(shared.address);
  await throughGates(page, 'slow');
  await call(page, 'slow', 30);
  const here = card(page, 'slow(30)');
  await gates.open(await idOf(here), 1);
  await expect(here.getByRole('status')).toHaveText('PROGRESS');
  const other = await context.newPage();
  await other.goto(`${shared.address}/#/tasks/${await idOf(here)}`);
  const there = other.getByRole('article');
  await expect(there.getByRole('heading', { level: 2 })).toHaveText('slow(30)');
  await expect(there.getByRole('progressbar')).toHaveJSProperty('max', 20);
  await there.getByRole('button', { name: 'Revoke' }).click();
  for (const tab of [here, there]) await expect(tab.locator('.badge')).toHaveText('REVOKED');
  expect(await drawn(there)).toEqual(await drawn(here));
  await other.close();
});

test('a gateway that is killed under a running task costs the page not one state', async ({ page }) => {
  await page.goto(shared.address);
  await throughGates(page, 'slow');
  await call(page, 'slow', 3);
  const slow = card(page, 'slow(3)');
  await gates.open(await idOf(slow), 1);
  await expect(slow.getByRole('status')).toHaveText('PROGRESS');
  const comeBack = shared.live.keepGatewayDown();
  await expect(page.locator('.connection')).toContainText('reconnecting');
  await call(page, 'add', 40, 2);
  await expect(card(page, 'add(40, 2)')).toContainText('on its way to the gateway');
  comeBack();
  await expectTruth(card(page, 'add(40, 2)'), ['PENDING', 'STARTED', 'SUCCESS']);
  await gates.open(await idOf(slow), 19);
  await expectTruth(slow, ['PENDING', 'STARTED', 'SUCCESS']);
});

test('offline, calls wait in the page and the badge says why; back online, they go', async ({
  page,
  context,
}) => {
  await page.goto(shared.address);
  await call(page, 'add', 1, 1);
  await expectTruth(card(page, 'add(1, 1)'), ['PENDING', 'STARTED', 'SUCCESS']);
  await context.setOffline(true);
  const badge = page.locator('.connection');
  await expect(badge).toContainText('reconnecting');
  await expect(badge).toContainText('offline');
  await call(page, 'add', 20, 3);
  const waiting = card(page, 'add(20, 3)');
  await expect(waiting).toContainText('on its way to the gateway');
  await context.setOffline(false);
  await expectTruth(waiting, ['PENDING', 'STARTED', 'SUCCESS']);
  await expect(badge).toContainText(new URL(shared.address).host);
});

test('a page that slept through a restart of the gateway is right a moment after it wakes', async ({
  page,
  context,
}) => {
  await page.goto(shared.address);
  await throughGates(page, 'slow');
  await call(page, 'slow', 2);
  const slow = card(page, 'slow(2)');
  await gates.open(await idOf(slow), 1);
  await expect(slow.getByRole('status')).toHaveText('PROGRESS');
  const res = shared.app.AsyncResult(await idOf(slow));
  const lifecycle = await context.newCDPSession(page);
  await lifecycle.send('Page.setWebLifecycleState', { state: 'frozen' });
  const [gateway = 0] = shared.live.childrenRunning('server/gateway.ts');
  process.kill(gateway, 'SIGKILL');
  await gates.open(res.id, 19);
  expect(await res.get({ timeout: 60 })).toBe('worked for 2 s');
  await lifecycle.send('Page.setWebLifecycleState', { state: 'active' });
  await expectTruth(slow, ['PENDING', 'STARTED', 'SUCCESS']);
  await expect(page.locator('.connection')).toHaveAttribute('data-connection', 'open');
});

test('tells how long a state takes from the worker to the pixels', async ({ page }) => {
  await page.goto(shared.address);
  await page.evaluate(() => {
    const seen: Record<string, number> = {};
    const look = (): void => {
      const words = document.querySelector('.progress-words')?.textContent;
      if (words == null || words in seen) return;
      seen[words] = Number.NaN;
      // The frame that has it is on its way to the screen when the next one begins.
      requestAnimationFrame(() => requestAnimationFrame(() => (seen[words] = Date.now())));
    };
    new MutationObserver(look).observe(document.body, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    Object.assign(window, { seen });
  });
  const changedAt = new Map<number, number>();
  await call(page, 'slow', 3);
  const slow = card(page, 'slow(3)');
  const res = shared.app.AsyncResult(await idOf(slow));
  res.on('progress', ({ info }) => {
    const { done, at } = info as { readonly done: number; readonly at: number };
    changedAt.set(done, at);
  });
  await res.get({ timeout: 60 });
  const seen = await page.evaluate(() => Reflect.get(window, 'seen') as Record<string, number>);
  const tooks = [...changedAt]
    .map(([done, at]) => (seen[`${done} of 20`] ?? Number.NaN) - at)
    .filter((took) => Number.isFinite(took))
    .toSorted((one, other) => one - other);
  const at = (share: number): number | undefined =>
    tooks[Math.min(tooks.length - 1, Math.floor(tooks.length * share))];
  process.stdout.write(
    `from the worker's change to the pixels: median ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${tooks.length} seen\n`,
  );
  await expectTruth(slow, ['PENDING', 'STARTED', 'SUCCESS']);
});
