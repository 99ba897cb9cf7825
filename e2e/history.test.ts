import { describe, expect, test } from 'vitest';
import { makeApp, startGateway, startWorker, states } from './harness/house.ts';

const RETRIED_TWICE = ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS'];

describe('the history of a task retried twice', () => {
  test('is the same for a listener, a second client, and one that asks afterwards', async () => {
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
    expect(await res.get({ timeout: 10 })).toBe(2);
    await watcher.get({ timeout: 5 });
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

  test('is exact for 200 tasks at countdown 0 on two workers', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    await startWorker(gateway.url);
    const app = makeApp(gateway.url);
    const handles = Array.from({ length: 200 }, () => app.tasks.flaky.delay(2));
    await Promise.all(handles.map((handle) => handle.get({ timeout: 20 })));
    expect(handles.map(states)).toEqual(handles.map(() => RETRIED_TWICE));
    expect(new Set(handles.flatMap(({ history }) => history.map(({ worker }) => worker))).size).toBe(3);
  });

  test('has no STARTED where starts are not tracked', async () => {
    const gateway = await startGateway();
    await startWorker(gateway.url);
    const res = makeApp(gateway.url).tasks.flakyUntracked.delay(2);
    await res.get({ timeout: 10 });
    expect(states(res)).toEqual(['PENDING', 'RETRY', 'RETRY', 'SUCCESS']);
  });
});
