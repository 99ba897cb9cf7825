import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeApp, makeFolder, startGateway, startWorker } from './harness/house.ts';
import { linesOf } from './harness/signals.ts';

async function setup() {
  const gateway = await startGateway();
  await startWorker(gateway.url, { flags: ['--queues', 'default,lopri'] });
  return { gateway, app: makeApp(gateway.url), runs: join(makeFolder(), 'runs') };
}

describe('links', () => {
  test('run after a success, once, with the result first, also across a kill -9 of the gateway', async () => {
    const { gateway, app, runs } = await setup();
    // Where it is killed the follower waits: one that runs just then may do so again.
    await app.control.pauseQueue('lopri');
    const res = app.tasks.add.applyAsync([20, 3], { link: app.tasks.note.s(runs).set({ queue: 'lopri' }) });
    await res.get({ timeout: 60 });
    await gateway.restart();
    await app.control.resumeQueue('lopri');
    const [follower] = res.children;
    await follower?.get({ timeout: 60 });
    expect(await linesOf(runs)).toEqual(['[23]']);
  });

  test('to an error run after a failure, once, with the id and the error', async () => {
    const { app, runs } = await setup();
    const res = app.tasks.fail.applyAsync(['oh'], {
      link: app.tasks.note.s(`${runs}-never`),
      linkError: app.tasks.note.s(runs),
    });
    await expect(res.get({ timeout: 60 })).rejects.toThrow('oh');
    await res.children[0]?.get({ timeout: 60 });
    const [line = ''] = await linesOf(runs);
    const [id, error] = JSON.parse(line) as [string, { message: string }];
    expect([id, error.message]).toEqual([res.id, 'oh']);
    expect(await linesOf(`${runs}-never`)).toEqual([]);
  });
});
