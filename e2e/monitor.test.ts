/** What an operator sees, with real processes. */
import type { Celeriac } from '@celeriac/client';
import { expect, test } from 'vitest';
import { makeApp, startGateway, startWorker } from './harness/house.ts';

type Tasks = ReturnType<Celeriac['monitor']['tasks']>;

/** Resolves when the store shows what is wanted. */
function until(store: Tasks, wanted: (view: ReturnType<Tasks['get']>) => boolean): Promise<void> {
  if (wanted(store.get())) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = store.subscribe((view) => {
      if (!wanted(view)) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}

test('a feed shows each of 2,000 tasks as it is, also after the gateway was killed', async () => {
  const gateway = await startGateway();
  const [app, watcher] = [makeApp(gateway.url), makeApp(gateway.url)];
  const store = watcher.monitor.tasks({ limit: 5_000 });
  const stop = store.subscribe(() => {});
  const results = Array.from({ length: 2_000 }, (_, count) => app.tasks.add.delay(count, 1));
  await app.flush();
  await until(store, ({ rows }) => rows.length === 2_000);
  expect(store.get().rows.every(({ state, waiting }) => state === 'PENDING' && waiting === 'worker')).toBe(
    true,
  );
  await gateway.restart();
  await startWorker(gateway.url);
  await Promise.all(results.map((result) => result.get({ timeout: 60 })));
  await until(store, ({ live, rows }) => live && rows.every(({ state }) => state === 'SUCCESS'));
  expect(new Set(store.get().rows.map(({ id }) => id))).toEqual(new Set(results.map(({ id }) => id)));
  stop();
  const history: string[] = [];
  for await (const { id } of watcher.monitor.history({ limit: 700 })) history.push(id);
  expect(new Set(history)).toEqual(new Set(results.map(({ id }) => id)));
});
