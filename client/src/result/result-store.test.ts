import { GatewayUnreachableError, UnknownTaskError } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';
import type { ResultView } from './result-store.ts';

test('looking at the store of an id asks nobody; subscribing watches, and the last one who leaves lets go', async () => {
  const kit = await connected();
  const { app, gateway } = kit;
  const res = app.AsyncResult('there');
  expect(res.store.get()).toMatchObject({ state: 'PENDING', known: false, synced: false, trouble: null });
  await kit.turn();
  expect(gateway.session.sent('watch')).toEqual([]);

  const stops = [res.store.subscribe(() => {}), res.store.subscribe(() => {})];
  await kit.turn();
  expect(gateway.session.sent('watch').flatMap(({ tasks }) => tasks)).toEqual([['there', 0]]);

  stops[0]?.();
  stops[0]?.();
  await kit.turn();
  expect(gateway.session.sent('unwatch')).toEqual([]);
  stops[1]?.();
  await kit.turn();
  expect(gateway.session.sent('unwatch')).toEqual([['there']]);
});

test('who leaves and comes back in one turn is heard by the gateway as nothing', async () => {
  const kit = await connected();
  const { app, gateway } = kit;
  const { store } = app.AsyncResult('there');
  store.subscribe(() => {})();
  const seen: string[] = [];
  store.subscribe(({ state }) => seen.push(state));
  await kit.turn();
  expect(gateway.session.sent('unwatch')).toEqual([]);
  gateway.session.snapshots(snapshot('there', { state: 'STARTED', sequence: 2 }));
  expect(seen).toEqual(['STARTED']);
});

test('a handle that was used otherwise stays watched, and so does a call of our own', async () => {
  const kit = await connected();
  const { app, gateway } = kit;
  const used = app.AsyncResult('used');
  expect(used.state).toBe('PENDING');
  used.store.subscribe(() => {})();
  app.sendTask('add', [1, 2]).store.subscribe(() => {})();
  await kit.turn();
  expect(gateway.session.sent('unwatch')).toEqual([]);
});

test('gives the same object until something changes, and each change to every listener', async () => {
  const kit = await connected();
  const { app, gateway } = kit;
  const res = app.sendTask<number>('add', [2, 2], { taskId: 'mine' });
  const seen: [ResultView<number>, ResultView<number>][] = [];
  const second: string[] = [];
  res.store.subscribe((view) => seen.push([view, res.store.get()]));
  res.store.subscribe(({ state }) => second.push(state));
  await kit.turn();
  expect(res.store.get()).toBe(res.store.get());
  gateway.session.accept('mine');
  gateway.session.events(transition('mine', 2, 'STARTED'), transition('mine', 3, 'SUCCESS', { body: '4' }));
  expect(seen.map(([view]) => view.state)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  for (const [told, got] of seen) expect(told).toBe(got);
  expect(second).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  expect(res.store.get()).toMatchObject({ result: 4, trouble: null });
});

test('tells why no end will be heard of', async () => {
  const kit = await connected();
  const { app, gateway, clock } = kit;
  const nobody = app.AsyncResult('nobody');
  const running = app.AsyncResult('running');
  nobody.store.subscribe(() => {});
  running.store.subscribe(() => {});
  await kit.turn();
  gateway.session.snapshots(unknown('nobody'), snapshot('running', { state: 'STARTED', sequence: 2 }));
  expect(nobody.store.get().trouble).toBeInstanceOf(UnknownTaskError);
  expect(running.store.get().trouble).toBeNull();
  gateway.session.lose();
  await clock.advance(300_001);
  expect(running.store.get().trouble).toBeInstanceOf(GatewayUnreachableError);
  await kit.welcome();
  gateway.session.snapshots(snapshot('running', { state: 'STARTED', sequence: 2 }));
  expect(running.store.get().trouble).toBeNull();
});

async function connected(): Promise<TestApp> {
  const kit = new TestApp();
  kit.app.sendTask('opens');
  await kit.welcome();
  return kit;
}
