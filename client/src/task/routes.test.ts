import { OptionError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { hostedApp } from '../hosted-app.ts';
import { TestApp } from '../test/app.ts';
import { type ReadRoute, Routes } from './routes.ts';

function optionsOf(route: ReadRoute | 'undecided' | undefined): unknown {
  return typeof route === 'object' ? route.options : route;
}

describe('a route', () => {
  test('is found by exact name, glob or pattern; exact names of a table come first', () => {
    const routes = new Routes([
      { 'media.*': 'media', 'media.fast': { queue: 'fast', priority: 9 }, 'job?': 'jobs' },
      [/^feed\./gi, 'feeds'],
      ['a.b', 'dots'],
    ]);
    expect(optionsOf(routes.ofName('media.encode'))).toEqual({ queue: 'media' });
    expect(optionsOf(routes.ofName('media.fast'))).toEqual({ queue: 'fast', priority: 9 });
    expect(optionsOf(routes.ofName('job1'))).toEqual({ queue: 'jobs' });
    expect(routes.ofName('job12')).toBeUndefined();
    expect([routes.ofName('FEED.x'), routes.ofName('feed.x')].map(optionsOf)).toEqual([
      { queue: 'feeds' },
      { queue: 'feeds' },
    ]);
    expect([routes.ofName('a.b'), routes.ofName('axb')].map(optionsOf)).toEqual([
      { queue: 'dots' },
      undefined,
    ]);
  });

  test('may depend on the call; the first that takes it wins', () => {
    const routes = new Routes([
      ['add', 'sums'],
      (_name: string, [size]: readonly unknown[]) => (Number(size) > 10 ? { queue: 'big' } : undefined),
      { '*': 'rest' },
    ]);
    expect([routes.ofName('add'), routes.ofName('scale')].map(optionsOf)).toEqual([
      { queue: 'sums' },
      'undecided',
    ]);
    expect(routes.ofCall('add', [99])?.options).toEqual({ queue: 'sums' });
    expect(routes.ofCall('scale', [99])?.options).toEqual({ queue: 'big' });
    expect(routes.ofCall('scale', [1])?.options).toEqual({ queue: 'rest' });
  });

  test.each([
    [7],
    [{ add: 7 }],
    [{ add: '' }],
    [{ add: { quue: 'x' } }],
    [[['add']]],
    [[[7, 'x']]],
    [['add']],
    [[null]],
  ])('cannot be %j', (given) => {
    expect(() => new TestApp({ taskRoutes: given as never })).toThrow();
  });

  test('misspelt is told', () => {
    expect(() => new Routes({ add: { quue: 'x' } })).toThrow(OptionError);
    expect(() => new Routes({ add: { quue: 'x' } })).toThrow(/did you mean 'queue'/);
  });
});

describe('the routes of an app', () => {
  test("stand between a task's own options and the app's", async () => {
    const t = new TestApp({
      queue: 'app',
      priority: 1,
      taskRoutes: { '*': { queue: 'route', maxRetries: 7 } },
    });
    t.app.task('add', { maxRetries: 1 }, () => 1).delay();
    t.app.sendTask('elsewhere', []);
    await t.welcome();
    expect(t.session.sent('define')).toEqual([[['add', { queue: 'route', priority: 1, maxRetries: 1 }]]]);
    expect(t.session.submits).toMatchObject([
      [expect.any(String), 'add', '[]', null, 0],
      [expect.any(String), 'elsewhere', '[]', null, 0, null, { queue: 'route', maxRetries: 7 }],
    ]);
    expect(t.session.submits[0]).toHaveLength(5);
    expect(hostedApp(t.app)?.tasks.get('add')?.definition.options).toEqual({ queue: 'route', maxRetries: 1 });
  });

  test('that depend on the call travel with it, above what the app says', async () => {
    const t = new TestApp({
      queue: 'app',
      priority: 1,
      taskRoutes: [(_name, [x], { priority }) => (x === 1 && priority === 5 ? 'ones' : null)],
    });
    const add = t.app.task('add', { maxRetries: 1 }, (x: number) => x);
    add.applyAsync([1], { priority: 5 });
    add.delay(2);
    await t.welcome();
    expect(t.session.sent('define')).toEqual([[['add', { maxRetries: 1 }]]]);
    expect(t.session.submits.map((item) => item[6])).toEqual([
      { queue: 'ones', priority: 1 },
      { queue: 'app', priority: 1 },
    ]);
  });
});
