import { fileURLToPath } from 'node:url';
import type { Celeriac } from '@celeriac/client';
import { type Locator, type Page, test } from '@playwright/test';
import { Child } from '../harness/child.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../tasks/gated.ts', import.meta.url));

/** Calls into this queue take a step only when a test lets them. */
export const GATED = 'gated';
/** It is never paused: what opens the gates comes through here. */
const GATES = 'gates';

interface Gates {
  /** Lets a task take so many steps more, now or when it comes to them. */
  open(id: string, steps: number): Promise<void>;
}

/** A worker for the calls that a test sends into the queue `gated`; there while the tests of a file run. */
export function gatesOf(shared: { readonly address: string; readonly app: Celeriac }): Gates {
  let worker: Child | undefined;
  test.beforeAll(async () => {
    const flags = ['--queues', `${GATED},${GATES}`, '--concurrency', '16'];
    worker = new Child(process.execPath, [CLI, 'worker', TASKS, '--gateway', shared.address, ...flags], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    await worker.line(/^ready/);
  });
  test.afterAll(() => worker?.stop());
  return {
    async open(id, steps) {
      await shared.app.sendTask('allow', [id, steps], { queue: GATES }).get({ timeout: 60 });
    },
  };
}

/** Sends what a preset's form calls into the queue `gated`. */
export async function throughGates(page: Page, task: string): Promise<void> {
  const form = page.getByRole('form', { name: task, exact: true });
  await form.getByText(`Options of ${task}`).click();
  await form.getByLabel('queue').fill(GATED);
}

/** Of the task that a card is about. */
export async function idOf(card: Locator): Promise<string> {
  const link = await card.getByRole('link').first().getAttribute('href');
  return decodeURIComponent(/#\/tasks\/(.+)$/.exec(link ?? '')?.[1] ?? '');
}
