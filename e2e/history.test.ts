import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeApp, makeFolder, startGateway, startWorker, states } from './harness/house.ts';

const RETRIED_TWICE = ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS'];

describe('the history of a task retried twice', () => {
  test('S18: is the same for a listener, a second client, and one that asks afterwards', async () => {
    const gateway = await startGateway();
    const caller = makeApp(gateway.url);
    const res = caller.tasks.flaky.delay(2);
    const heard: string[] = [];
    res.on('state', ({ state }) => heard.push(state));
    await res.accepted;
    const watcher = makeApp(gateway.url).AsyncResult(res.id);
    const watched: string[] = [];
    watcher.on('state', ({ state }) => watched.push(state));
    await watcher.refresh();

    await startWorker(gateway.url);
    expect(await res.get({ timeout: 60 })).toBe(2);
    await watcher.get({ timeout: 60 });
    const later = makeApp(gateway.url).AsyncResult(res.id);
    await later.refresh();

    expect(heard).toEqual(RETRIED_TWICE);
    expect(states(res)).toEqual(RETRIED_TWICE);
    expect(states(watcher)).toEqual(RETRIED_TWICE);
    expect(watched.slice(-6)).toEqual(RETRIED_TWICE.slice(1));
    expect(states(later)).toEqual(RETRIED_TWICE);
    expect(later.history.map(({ attempt }) => attempt)).toEqual([0, 1, 1, 2, 2, 3, 3]);
    expect(later.history.map(({ reason }) => reason)).toEqual([
      'submitted',
      'started',
      'retry',
      'started',
      'retry',
      'started',
      'completed',
    ]);
  });

  test('S18: is exact for 200 tasks at countdown 0 on two workers', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    await startWorker(gateway.url);
    const app = makeApp(gateway.url);
    const handles = Array.from({ length: 200 }, () => app.tasks.flaky.delay(2));
    await Promise.all(handles.map((handle) => handle.get({ timeout: 60 })));
    expect(handles.map(states)).toEqual(handles.map(() => RETRIED_TWICE));
    expect(new Set(handles.flatMap(({ history }) => history.map(({ worker }) => worker))).size).toBe(3);
  });

  test('S03: has no STARTED where the task says that starts are not tracked', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const res = makeApp(gateway.url).tasks.flakyUntracked.delay(2);
    await res.get({ timeout: 60 });
    expect(states(res)).toEqual(['PENDING', 'RETRY', 'RETRY', 'SUCCESS']);
  });

  test('S03: has no STARTED where the app says so, except of a task that says otherwise', async () => {
    const gateway = await startGateway();
    const file = join(makeFolder(), 'tasks.ts');
    writeFileSync(
      file,
      `import { Celeriac } from ${JSON.stringify(import.meta.resolve('@celeriac/client'))};
       export const app = new Celeriac({ trackStarted: false });
       export const quiet = app.task('quiet', () => 1);
       export const told = app.task('told', { trackStarted: true }, () => 2);\n`,
    );
    await startWorker(gateway.url, { file });
    const app = makeApp(gateway.url);
    const [quiet, told] = [app.sendTask('quiet', []), app.sendTask('told', [])];
    expect([await quiet.get({ timeout: 60 }), await told.get({ timeout: 60 })]).toEqual([1, 2]);
    expect(states(quiet)).toEqual(['PENDING', 'SUCCESS']);
    expect(states(told)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });
});
