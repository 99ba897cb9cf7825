import { Celeriac } from '@celeriac/client';
import { APP, type HostedTask, hostedApp } from '@celeriac/client/hosting';
import { expect, test } from 'vitest';
import { FakeApp, fakeTask } from '../../test/fake-app.ts';
import { findApps, queuesOf, readApps, registerTasks } from './registry.ts';

test('finds the apps among the exports of a module, each once', () => {
  const [one, two] = [new FakeApp(), new FakeApp()];
  const found = findApps({ add: () => 0, app: one, default: one, name: 'x', nothing: null, other: two });
  expect(found).toEqual([one, two]);
  expect(findApps({})).toEqual([]);
});

test('several apps are one registry', () => {
  const one = new FakeApp({ queue: 'q' }).task('a', () => 0);
  const two = new FakeApp({ queue: 'q' }).task('b', () => 0);
  const registry = registerTasks(readApps([one, two, one]));
  expect([...registry.tasks.keys()]).toEqual(['a', 'b']);
  expect(registry.appOptions).toEqual({ queue: 'q' });
});

test('apps with options of their own have them in their definitions', () => {
  const one = new FakeApp({ queue: 'one', maxRetries: 1 }).task('a', () => 0, { options: { maxRetries: 9 } });
  const two = new FakeApp({ queue: 'two' }).task('b', () => 0);
  const { appOptions, definitions } = registerTasks(readApps([one, two]));
  expect(appOptions).toEqual({});
  expect(definitions.map(({ options }) => options)).toEqual([
    { queue: 'one', maxRetries: 9 },
    { queue: 'two' },
  ]);
});

test('an app of an older copy of the client, which knows no handlers, is hosted all the same', () => {
  const { dontAutoretryFor: _1, throws: _2, handlers: _3, ...older } = fakeTask('a', () => 0);
  const hosted = hostedApp(new FakeApp());
  const app = { [APP]: { ...hosted, tasks: new Map([['a', older]]) } };
  const task: HostedTask | undefined = registerTasks(readApps(app)).tasks.get('a');
  expect(task).toMatchObject({ ...older, dontAutoretryFor: [], throws: [], handlers: {} });
});

test('the queues of apps are the default one and those of their options, tasks and routes, each once', () => {
  const app = new Celeriac({
    queue: 'usual',
    taskRoutes: [
      { 'media.*': 'media', report: { queue: 'reports', priority: 3 } },
      () => 'unknown',
      [/^x/, 'usual'],
    ],
  });
  app.task('media.encode', () => 0);
  app.task('own', { queue: 'lopri' }, () => 0);
  expect(queuesOf([app])).toEqual(['default', 'usual', 'media', 'lopri', 'reports']);
});

test('an app of an older copy of the client says less', () => {
  expect(queuesOf([new FakeApp({ queue: 'a' }).task('t', () => 0, { options: { queue: 'b' } })])).toEqual([
    'default',
    'a',
    'b',
  ]);
  expect(() => queuesOf([{}])).toThrow('expected an app');
});
