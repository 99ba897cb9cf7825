import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeApp, startGateway, startWorker, states } from './harness/house.ts';

test('handles that have seen more than a restored backup end with what it says', async () => {
  const gateway = await startGateway();
  const [store, backup] = ['celeriac.db', 'backup.db'].map((name) => join(gateway.folder, name)) as [
    string,
    string,
  ];
  const app = makeApp(gateway.url);
  const kept = app.tasks.enduring.delay();
  await kept.accepted;
  await gateway.child.stop();
  copyFileSync(store, backup);

  await gateway.restart();
  const started = new Promise((resolve) =>
    kept.on('state', ({ state }) => state === 'STARTED' && resolve(state)),
  );
  const worker = await startWorker(gateway.url);
  await started;
  const lost = app.tasks.enduring.delay();
  await lost.accepted;
  await worker.kill();
  await gateway.child.stop();
  copyFileSync(backup, store);

  const waits = [kept.get(), lost.get()];
  for (const wait of waits) wait.catch(() => {});
  await gateway.restart();
  await expect(waits[1]).rejects.toMatchObject({ name: 'UnknownTaskError', lost: true });
  expect(await makeApp(gateway.url).AsyncResult(kept.id).revoke()).toBe('prevented');
  await expect(waits[0]).rejects.toMatchObject({ name: 'TaskRevokedError' });
  expect([states(kept), lost.known]).toEqual([['PENDING', 'REVOKED'], false]);
});
