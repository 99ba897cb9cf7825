import { Celeriac } from '@celeriac/client';
import { expect, test } from 'vitest';
import { FakeApp } from '../../test/fake-app.ts';
import { queuesOf } from './queues-of.ts';

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
