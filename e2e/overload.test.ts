import { NotAcceptedError } from '@celeriac/client';
import { expect, test } from 'vitest';
import { celeriac, makeApp, makeFolder, startGateway, startWorker, TASKS } from './harness/house.ts';
import { eventually } from './harness/signals.ts';

test('a call to a full queue waits for its place by itself, and says why when it gets none', async () => {
  const gateway = await startGateway({ flags: ['--max-depth', '5'] });
  const app = makeApp(gateway.url);
  const first = Array.from({ length: 5 }, (_, call) => app.tasks.add.delay(call, 1));
  await Promise.all(first.map((res) => res.accepted));

  const hasty = app.tasks.add.applyAsync([5, 1], { acceptTimeout: '4s' });
  const error = await hasty.accepted.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotAcceptedError);
  expect(error).toMatchObject({ indeterminate: false, cause: { code: 'QUEUE_FULL', retryAfterMs: 1_000 } });
  await expect(hasty.get()).rejects.toBe(error);

  const patient = app.tasks.add.delay(6, 1);
  const metrics = async (): Promise<string> => (await fetch(`${gateway.url}/metrics`)).text();
  await eventually(
    async () =>
      /celeriac_refused_total\{code="QUEUE_FULL"\} ([3-9]|\d\d)/.test(await metrics()) ? true : undefined,
    'the patient call was refused as well',
  );
  expect(await metrics()).toContain('celeriac_queue_depth{queue="default"} 5');

  await startWorker(gateway.url);
  expect(await patient.get({ timeout: 60 })).toBe(7);
  expect(await Promise.all(first.map((res) => res.get({ timeout: 60 })))).toEqual([1, 2, 3, 4, 5]);
  expect(await metrics()).toContain('celeriac_tasks_ended_total{state="SUCCESS"} 6');
});

test('a worker that does not reach its gateway says so, and how often it tried', async () => {
  const gateway = await startGateway();
  await gateway.child.stop();
  const worker = celeriac(['worker', TASKS, '--gateway', gateway.url], makeFolder());
  await eventually(
    () => (worker.errors.includes('"tries":4') ? true : undefined),
    'the fourth try is in its log',
  );
  expect(worker.errors).toContain('no connection to the gateway, retrying');
  expect(worker.errors).toContain('ECONNREFUSED');
});
