import { expect, test } from '@playwright/test';
import { residentMemory } from '../harness/memory.ts';
// Brings the declaration of what the page offers.
import type {} from './fixture/page.ts';
import { type OwnPage, startOwnPage } from './own-page.ts';

const MEGABYTE = 1024 * 1024;
/** What a process may grow by while 200 MB go through it. V8 alone takes its time to clear some tens of them away. */
const GROWTH = 96 * MEGABYTE;

let own: OwnPage;

test.beforeAll(async () => {
  own = await startOwnPage({
    gatewayFlags: ['--store', 'memory'],
    // V8 would rather let garbage stand than look for it: a small nursery shows what is held.
    env: { NODE_OPTIONS: '--max-semi-space-size=4' },
  });
});

test.afterAll(() => own.stop());

interface Read {
  readonly chunks: number;
  readonly inOrder: boolean;
  readonly missed: number;
  readonly seconds: number;
  readonly slowestAnswerMs: number;
}

test('a 100,000-chunk stream to a slow reader in Chromium: in order, nothing dropped, memory bounded', async ({
  page: tab,
}) => {
  await tab.goto(own.address);
  const { gateway, worker } = own;
  // What a process needs to do this at all is not the stream's.
  await tab.evaluate(async (gatewayUrl) => {
    for await (const _ of window.makeApp(gatewayUrl).tasks.blocks.delay(10_000, 1_000).stream());
  }, own.url);
  const before = { gateway: residentMemory(gateway.pid), worker: residentMemory(worker.pid) };
  const most = { ...before };
  let watching = true;
  const watched = (async () => {
    while (watching) {
      most.gateway = Math.max(most.gateway, residentMemory(gateway.pid));
      most.worker = Math.max(most.worker, residentMemory(worker.pid));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const read: Read = await tab.evaluate(async (gatewayUrl) => {
    const { tasks } = window.makeApp(gatewayUrl);
    const began = performance.now();
    const res = tasks.blocks.delay(100_000, 2_000);
    let chunks = 0;
    let missed = 0;
    let inOrder = true;
    let slowestAnswerMs = 0;
    const onGap = (gap: { readonly missed: number }): void => {
      missed += gap.missed;
    };
    for await (const [index] of res.stream({ onGap })) {
      inOrder &&= index === chunks + missed;
      chunks += 1;
      // Slow: it rests each 1,000 chunks, and makes a call now and then on the same socket.
      if (chunks % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      if (chunks % 10_000 === 0) {
        const asked = performance.now();
        await tasks.add.delay(2, 2).get({ timeout: 60 });
        slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - asked);
      }
    }
    await res.get();
    return { chunks, inOrder, missed, seconds: (performance.now() - began) / 1_000, slowestAnswerMs };
  }, own.url);
  watching = false;
  await watched;

  const grown = { gateway: most.gateway - before.gateway, worker: most.worker - before.worker };
  const inMegabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;
  process.stdout.write(
    `100,000 chunks of 2 KB to a slow reader in Chromium: ${Math.round(read.chunks / read.seconds)} chunks/s; ` +
      `the gateway grew by ${inMegabytes(grown.gateway)}, the worker by ${inMegabytes(grown.worker)}; ` +
      `a call beside it was answered within ${Math.round(read.slowestAnswerMs)} ms\n`,
  );
  expect(read).toMatchObject({ chunks: 100_000, inOrder: true, missed: 0 });
  expect(grown.gateway).toBeLessThan(GROWTH);
  expect(grown.worker).toBeLessThan(GROWTH);
});

test('a reader in Chromium that leaves its loop lets the task go on, and a late one hears what it missed', async ({
  page: tab,
}) => {
  await tab.goto(own.address);
  const told = await tab.evaluate(async (gatewayUrl) => {
    const app = window.makeApp(gatewayUrl);
    const res = app.tasks.tell.delay(20_000);
    for await (const chunk of res.stream()) if (chunk === 5) break;
    const result = await res.get({ timeout: 60 });
    let missed = 0;
    let chunks = 0;
    const late = app.AsyncResult<number, number>(res.id);
    for await (const _ of late.stream({ onGap: (gap) => (missed += gap.missed) })) chunks += 1;
    return { result, sum: chunks + missed, missed };
  }, own.url);
  expect(told).toMatchObject({ result: 20_000, sum: 20_000 });
  expect(told.missed).toBeGreaterThan(0);
});
