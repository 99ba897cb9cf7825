import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeApp, makeFolder, startGateway, startWorker, states } from './harness/house.ts';
import { linesOf, pause, untilState } from './harness/signals.ts';

const TASKS = 500;
const RETRIES = 3;
const EXPECTED = [
  'PENDING',
  ...Array.from({ length: RETRIES }, () => ['STARTED', 'RETRY']).flat(),
  'STARTED',
  'SUCCESS',
];

test('500 tasks with three retries each at countdown 0 on four workers have exact histories', async () => {
  const gateway = await startGateway();
  await Promise.all(Array.from({ length: 4 }, () => startWorker(gateway.url)));
  const app = makeApp(gateway.url);
  const heard = new Map<string, string[]>();
  const handles = Array.from({ length: TASKS }, () => {
    const handle = app.tasks.flaky.delay(RETRIES);
    const own: string[] = [];
    handle.on('state', ({ state }) => own.push(state));
    heard.set(handle.id, own);
    return handle;
  });
  expect(await Promise.all(handles.map((handle) => handle.get({ timeout: 60 })))).toEqual(
    handles.map(() => RETRIES),
  );
  expect(handles.map(states)).toEqual(handles.map(() => EXPECTED));
  expect([...heard.values()]).toEqual(handles.map(() => EXPECTED));

  const other = makeApp(gateway.url);
  const later = handles.map(({ id }) => other.AsyncResult(id));
  await Promise.all(later.map((handle) => handle.refresh()));
  expect(later.map(states)).toEqual(handles.map(() => EXPECTED));
  expect(later.map(({ history }) => history.map(({ attempt }) => attempt))).toEqual(
    handles.map(() => [0, 1, 1, 2, 2, 3, 3, 4, 4]),
  );
});

const CALLS = 1_000;
const ENDS = [
  ['PENDING', 'REVOKED'],
  ['PENDING', 'STARTED', 'REVOKED'],
  ['PENDING', 'STARTED', 'SUCCESS'],
  ['PENDING', 'STARTED', 'RETRY', 'REVOKED'],
  ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'REVOKED'],
  ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS'],
].map(String);

test('1,000 tasks revoked at any moment end once, and those prevented never begin again', async () => {
  const gateway = await startGateway();
  const runs = join(makeFolder(), 'runs');
  await Promise.all([startWorker(gateway.url), startWorker(gateway.url)]);
  const app = makeApp(gateway.url);
  const revoked = await Promise.all(
    Array.from({ length: CALLS }, async (_, index) => {
      // However slow the machine is, some have ended by then, some are running, and some are not due.
      const certain = (['ended', 'running', 'not due'] as const)[index % 50];
      await pause((index % 100) * 10);
      const handle = app.tasks.restless.applyAsync([runs, certain === 'running' ? 86_400_000 : index % 40], {
        countdown: certain === 'not due' ? 86_400 : (index % 3) * 0.02,
      });
      await pause((index * 7919) % 150);
      if (certain === 'ended') await handle.get({ timeout: 60 });
      if (certain === 'running') await untilState(handle, 'STARTED');
      const verdict = await handle.revoke();
      await handle.get({ timeout: 60, propagate: false });
      return { handle, verdict };
    }),
  );
  const begun = new Map<string, number>();
  for (const line of await linesOf(runs)) {
    const [id = ''] = line.split(' ');
    begun.set(id, (begun.get(id) ?? 0) + 1);
  }
  for (const { handle, verdict } of revoked) {
    expect(ENDS).toContain(String(states(handle)));
    const told = states(handle).filter((state) => state === 'STARTED').length;
    const times = begun.get(handle.id) ?? 0;
    // In a worker's hands it may have begun without the gateway's knowing: that is what "revoked" means.
    if (verdict === 'revoked') expect(times).toBeLessThanOrEqual(told + 1);
    else expect(times, `${handle.id} was ${verdict}`).toBe(told);
  }
  const verdicts = new Set(revoked.map(({ verdict }) => verdict));
  expect([...verdicts].sort()).toEqual(['already-done', 'prevented', 'revoked']);

  const other = makeApp(gateway.url);
  const later = await Promise.all(revoked.map(({ handle }) => other.AsyncResult(handle.id).refresh()));
  expect(later.map(({ state }) => state)).toEqual(revoked.map(({ handle }) => handle.state));
});
