import { join } from 'node:path';
import { NotAcceptedError, type RefusedError } from '@celeriac/client';
import { expect, test } from 'vitest';
import { type App, makeApp, makeFolder, makeGate, startGateway, startWorker } from './harness/house.ts';
import { note } from './harness/notes.ts';
import { eventually, untilState } from './harness/signals.ts';
import { mountSmallDisk } from './harness/small-disk.ts';

/** Calls until one is refused. @returns the ids of those that were accepted, and the refusal */
async function callUntilRefused(app: App): Promise<{ readonly ids: string[]; readonly error: unknown }> {
  const ids: string[] = [];
  for (let call = 0; call < 2_000; call++) {
    const res = app.sendTask('noop', ['x'.repeat(20_000)], { acceptTimeout: '4s' });
    try {
      await res.accepted;
      ids.push(res.id);
    } catch (error) {
      return { ids, error };
    }
  }
  throw new Error('no call was refused');
}

async function readiness(url: string): Promise<{ readonly status: number; readonly why: string }> {
  const response = await fetch(`${url}/readyz`);
  const { why } = (await response.json()) as { why: string };
  return { status: response.status, why };
}

test('a full disk refuses calls, lets accepted tasks end, and takes calls again by itself', async () => {
  const disk = mountSmallDisk(48);
  if (disk === undefined) {
    note('disk full: not observed, a small disk could not be mounted');
    return;
  }
  const gateway = await startGateway({ folder: disk.folder });
  await startWorker(gateway.url, { flags: ['--concurrency', '20'] });
  const app = makeApp(gateway.url);
  const runs = join(makeFolder(), 'runs');
  const [first, second] = [makeGate(), makeGate()];
  const early = Array.from({ length: 5 }, () => app.tasks.held.delay(runs, first.path));
  await Promise.all(early.map((res) => untilState(res, 'STARTED')));

  disk.fill();
  const { ids, error } = await callUntilRefused(app);
  expect(error).toBeInstanceOf(NotAcceptedError);
  expect(error).toMatchObject({ indeterminate: false });
  const { cause } = error as NotAcceptedError;
  expect(cause).toMatchObject({ code: 'STORAGE_FULL', retryAfterMs: 1_000 });
  expect((cause as RefusedError).message).toContain('disk is full');
  expect(await readiness(gateway.url)).toMatchObject({
    status: 503,
    why: expect.stringContaining('disk is full'),
  });
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('celeriac_storage_full 1');

  // What was accepted ends all the same, with the room that was kept for it.
  first.open();
  await Promise.all(early.map((res) => res.get({ timeout: 60 })));

  // A call that is made meanwhile needs nobody's help.
  const patient = app.tasks.add.delay(2, 2);
  disk.free();
  expect(await patient.get({ timeout: 60 })).toBe(4);
  await eventually(
    async () => ((await readiness(gateway.url)).status === 200 ? true : undefined),
    'the gateway is ready',
  );

  // And without any room, the reserve's included, it waits, and loses nothing.
  const late = Array.from({ length: 5 }, () => app.tasks.held.delay(runs, second.path));
  await Promise.all(late.map((res) => untilState(res, 'STARTED')));
  disk.fill();
  const again = await callUntilRefused(app);
  disk.fill();
  second.open();
  await Promise.allSettled(late.map((res) => res.get({ timeout: 2 })));
  disk.free();
  await Promise.all(late.map((res) => res.get({ timeout: 60 })));

  await gateway.restart();
  const kept = [...ids, ...again.ids, ...early.map(({ id }) => id), ...late.map(({ id }) => id)];
  const found = kept.map((id) => app.AsyncResult(id));
  await Promise.all(found.map((res) => res.refresh()));
  expect(found.filter((res) => !res.known)).toEqual([]);
  note(`disk full: ${kept.length} tasks accepted around two full disks, 0 lost`);
});
