import { fileURLToPath } from 'node:url';
import type { QueueRow, RowsView, Store, TaskRow, WorkerRow } from '@celeriac/client';
import { expect, type Page, test } from '@playwright/test';
import { Child } from '../harness/child.ts';
import { GATED, gatesOf } from './gates.ts';
import { sharedPage } from './shared-page.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const BODIES = fileURLToPath(new URL('../tasks/bodies.ts', import.meta.url));

const shared = sharedPage(() => ({ CELERIAC_QUEUES: 'default,lopri', CELERIAC_NAME: 'keeper' }));
const gates = gatesOf(shared);
/** A worker that the supervisor does not start again, with one thread. */
let helper: Child;

test.beforeAll(async () => {
  const flags = ['--queues', 'forced', '--name', 'helper', '--pool', 'threads', '--concurrency', '1'];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  helper = new Child(process.execPath, [CLI, 'worker', BODIES, '--gateway', shared.address, ...flags], {
    cwd,
  });
  await helper.line(/^ready/);
});

test.afterAll(() => helper.stop());

const ordersFor = (page: Page, what: string) => page.getByRole('group', { name: `Orders for ${what}` });
const answerIn = (page: Page, place: string) => page.locator(`.${place} .answer`);
const line = (page: Page, id: string) => page.locator(`.task-rows [data-task="${id}"]`);

/** Waits until another client is told so. */
async function told<Row>(
  store: Store<RowsView<Row>>,
  isSo: (rows: readonly Row[]) => boolean,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = store.subscribe(({ rows, live }) => {
      if (!live || !isSo(rows)) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}

const queues = (isSo: (rows: readonly QueueRow[]) => boolean) => told(shared.app.monitor.queues(), isSo);
const workers = (isSo: (rows: readonly WorkerRow[]) => boolean) => told(shared.app.monitor.workers(), isSo);

async function statesOf(id: string): Promise<readonly string[]> {
  return (await shared.app.AsyncResult(id).refresh()).history.map(({ state }) => state);
}

test('a queue that is paused keeps its calls and says why they wait; resumed, it lets them run', async ({
  page,
}) => {
  await page.goto(`${shared.address}/#/monitor`);
  const orders = ordersFor(page, 'queue lopri');
  await orders.getByRole('button', { name: 'Pause queue lopri' }).click();
  await expect(answerIn(page, 'queues')).toHaveText('lopri is paused: 0 tasks wait.');
  await queues((rows) => rows.some(({ name, paused }) => name === 'lopri' && paused));
  const res = shared.app.sendTask('add', [20, 22], { queue: 'lopri' });
  await res.accepted;
  await expect(line(page, res.id)).toContainText('PENDING');
  await expect(line(page, res.id)).toContainText('waits: queue is paused');
  const beside = shared.app.sendTask('add', [1, 1]);
  expect(await beside.get({ timeout: 60 })).toBe(2);
  expect(await res.refresh()).toMatchObject({ state: 'PENDING', waiting: 'pause' });

  await orders.getByRole('button', { name: 'Resume queue lopri' }).click();
  await expect(answerIn(page, 'queues')).toHaveText('lopri goes on: 1 task waits.');
  expect(await res.get({ timeout: 60 })).toBe(42);
  await expect(line(page, res.id)).toContainText('SUCCESS');
  await expect(orders.getByRole('button', { name: 'Pause queue lopri' })).toBeFocused();
  await queues((rows) => rows.some(({ name, paused }) => name === 'lopri' && !paused));
});

test('a purge asks first; then what waits in the queue is revoked, and nothing else', async ({ page }) => {
  await page.goto(`${shared.address}/#/monitor`);
  await shared.app.control.pauseQueue('lopri');
  const waiting = [1, 2, 3].map((n) => shared.app.sendTask('add', [n, n], { queue: 'lopri' }));
  const running = shared.app.sendTask('slow', [3], { queue: GATED });
  await Promise.all([...waiting, running].map(({ accepted }) => accepted));
  const purge = page.getByRole('button', { name: 'Purge queue lopri', exact: true });
  await expect(page.locator('.queues')).toContainText('3 waiting');
  await purge.click();
  await expect(page.locator('.queues')).toContainText('Revoke all 3 waiting tasks?');
  await expect(page.getByRole('button', { name: 'No', exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(purge).toBeFocused();
  for (const { id } of waiting) expect(await statesOf(id)).toEqual(['PENDING']);

  await purge.click();
  await page.getByRole('button', { name: 'Purge queue lopri, yes' }).click();
  await expect(answerIn(page, 'queues')).toHaveText('Purged lopri: 3 tasks revoked.');
  for (const { id } of waiting) expect(await statesOf(id)).toEqual(['PENDING', 'REVOKED']);
  await queues((rows) => rows.some(({ name, depth }) => name === 'lopri' && depth === 0));
  await page.getByRole('button', { name: 'Resume queue lopri' }).click();
  await gates.open(running.id, 20);
  expect(await running.get({ timeout: 60 })).toBe('worked for 3 s');
});

test('a task that is revoked before it is due never runs', async ({ page }) => {
  const res = shared.app.sendTask('add', [1, 2], { countdown: 600 });
  await page.goto(`${shared.address}/#/tasks/${res.id}`);
  await expect(page.getByRole('article')).toContainText('waits until it is due');
  await page.getByRole('button', { name: 'Revoke add' }).click();
  await expect(answerIn(page, 'task-view')).toHaveText('It will never run.');
  expect(await statesOf(res.id)).toEqual(['PENDING', 'REVOKED']);
  await expect(page.getByRole('button', { name: 'Revoke add' })).toBeDisabled();
});

test('a body that never gives way is ended, once the question is answered', async ({ page }) => {
  const res = shared.app.sendTask('spin', [], { queue: 'forced' });
  await page.goto(`${shared.address}/#/tasks/${res.id}`);
  const article = page.getByRole('article');
  await expect(article.locator('.badge')).toHaveText('SPINNING');
  await page.getByRole('button', { name: 'Terminate spin', exact: true }).click();
  await expect(article).toContainText('Revoke it, and end it by force after 5 s?');
  await page.getByRole('button', { name: 'No', exact: true }).click();
  expect((await res.refresh()).state).toBe('SPINNING');
  await page.getByRole('button', { name: 'Terminate spin', exact: true }).click();
  await page.getByRole('button', { name: 'Terminate spin, yes' }).click();
  await expect(article.locator('.badge')).toHaveText('REVOKED');
  expect(await statesOf(res.id)).toEqual(['PENDING', 'STARTED', 'REVOKED']);
  // Its only thread is free again.
  const after = shared.app.sendTask('add', [1, 1], { queue: 'forced' });
  expect(await after.get({ timeout: 60 })).toBe(2);
});

test('a task is called again as one of its own, a link away', async ({ page }) => {
  const first = shared.app.sendTask('broken', [7], { queue: 'lopri', priority: 3 });
  await first.get({ propagate: false, timeout: 60 });
  await page.goto(`${shared.address}/#/tasks/${first.id}`);
  await page.getByRole('button', { name: 'Call again broken' }).click();
  await page.getByRole('link', { name: 'Show the new task' }).click();
  await expect(page).not.toHaveURL(new RegExp(first.id));
  await expect(page.getByRole('heading', { name: 'broken(7)' })).toBeVisible();
  await expect(page.getByRole('article').locator('.badge')).toHaveText('FAILURE');
  const id = /#\/tasks\/(.+)$/.exec(page.url())?.[1] ?? '';
  const again = shared.app.AsyncResult(id);
  expect(await again.refresh()).toMatchObject({ state: 'FAILURE', queue: 'lopri', name: 'broken' });
  expect(again.args).toEqual([7]);
  expect(await statesOf(first.id)).toEqual(['PENDING', 'STARTED', 'FAILURE']);
});

test('a worker is given more room and less, drained and resumed, and shut down when that is confirmed', async ({
  page,
}) => {
  await page.goto(`${shared.address}/#/monitor`);
  const orders = ordersFor(page, 'worker helper');
  const answer = answerIn(page, 'workers');
  const call = () => shared.app.sendTask('polite', [], { queue: 'forced' });
  const helperIs = (isSo: (row: WorkerRow) => boolean) =>
    workers((rows) => rows.some((row) => row.name === 'helper' && isSo(row)));

  const [first, second] = [call(), call()];
  await expect(line(page, first.id)).toContainText('STARTED');
  await expect(line(page, second.id)).toContainText('PENDING');
  await orders.getByRole('button', { name: 'More slots, worker helper' }).click();
  await expect(answer).toHaveText('helper has 2 slots now.');
  await expect(line(page, second.id)).toContainText('STARTED');
  await orders.getByRole('button', { name: 'Fewer slots, worker helper' }).click();
  await expect(answer).toHaveText('helper has 1 slot now.');
  await helperIs(({ concurrency }) => concurrency === 1);
  expect(await statesOf(second.id)).toEqual(['PENDING', 'STARTED']);

  await orders.getByRole('button', { name: 'Drain worker helper' }).click();
  await expect(answer).toHaveText('helper takes no new tasks; running ones continue.');
  await helperIs(({ state }) => state === 'draining');
  for (const res of [first, second]) expect(await res.revoke()).toBe('revoked');
  const third = call();
  await third.accepted;
  await helperIs(({ held }) => held === 0);
  await expect(line(page, third.id)).toContainText('waits');
  expect(await statesOf(third.id)).toEqual(['PENDING']);
  await orders.getByRole('button', { name: 'Resume worker helper' }).click();
  await expect(line(page, third.id)).toContainText('STARTED');
  await third.revoke();

  const shutDown = orders.getByRole('button', { name: 'Shut down worker helper', exact: true });
  await shutDown.click();
  await page.getByRole('button', { name: 'No', exact: true }).click();
  await expect(shutDown).toBeFocused();
  expect(helper.running).toBe(true);
  await shutDown.click();
  await page.getByRole('button', { name: 'Shut down worker helper, yes' }).click();
  expect(await helper.exited).toEqual({ code: 0, signal: null });
  await workers((rows) => !rows.some(({ name }) => name === 'helper'));
  await expect(page.locator('.workers')).not.toContainText(`pid ${helper.pid}`);
  await expect(answer).toHaveText('helper stops after its last task.');
});

test('the options of a preset go with its call, and are seen in its code, its track and its history', async ({
  page,
}) => {
  await page.goto(shared.address);
  const add = page.getByRole('form', { name: 'add' });
  await add.getByText('Options of add').click();
  await add.getByLabel('queue').fill('lopri');
  await add.getByLabel('countdown, s').fill('1');
  await add.getByLabel('priority').fill('9');
  await expect(add.locator('.task-line')).toContainText("{ queue: 'lopri', countdown: 1, priority: 9 }");
  await add.getByRole('button', { name: 'Call add' }).click();
  const card = page.getByRole('article', { name: 'add(2, 3)' });
  await expect(card).toContainText('waits until it is due');
  await expect(card.locator('output')).toHaveText('5');
  await expect(card.locator('.station-word')).toHaveText(['PENDING', 'STARTED', 'SUCCESS']);
  const id = /#\/tasks\/(.+)$/.exec((await card.getByRole('link').getAttribute('href')) ?? '')?.[1] ?? '';
  const { history, queue } = await shared.app.AsyncResult(id).refresh();
  expect(queue).toBe('lopri');
  // It counts from the call, which was a moment before the submit reached the gateway.
  const [sent, started] = history.map(({ at }) => at.getTime());
  expect((started ?? 0) - (sent ?? 0)).toBeGreaterThan(800);
  const drawn = await card
    .locator('time')
    .evaluateAll((all) => all.map((one) => one.getAttribute('datetime')));
  expect(drawn).toEqual(history.map(({ at }) => at.toISOString()));
  let row: TaskRow | undefined;
  for await (const one of shared.app.monitor.history({ text: id })) row = one;
  expect(row).toMatchObject({ id, queue: 'lopri', priority: 9, state: 'SUCCESS' });
});
