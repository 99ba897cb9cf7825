import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { AdaptivePrefetch } from './attempts/prefetch.ts';
import { readWorkerOptions, type WorkerOptions } from './options.ts';

test('what is left out has a default, the environment before it', () => {
  expect(readWorkerOptions({}, {})).toMatchObject({
    gateway: 'http://127.0.0.1:7600',
    socketUrl: 'ws://127.0.0.1:7600/worker',
    queues: ['default'],
    concurrency: 16,
    token: null,
    shutdownTimeoutMs: 30_000,
  });
  const env = { CELERIAC_URL: 'https://tasks.example/base/', CELERIAC_TOKEN: 'secret' };
  expect(readWorkerOptions({}, env)).toMatchObject({
    socketUrl: 'wss://tasks.example/base/worker',
    token: 'secret',
  });
});

test('an option that does not exist is refused with the near one, and so is what is no object of options', () => {
  const read = (given: unknown) => (): unknown => Reflect.apply(readWorkerOptions, undefined, [given, {}]);
  expect(read({ concurency: 4 })).toThrow(
    "createWorker() has no option 'concurency'; did you mean 'concurrency'?",
  );
  expect(read({ shutdown_timeout: 4 })).toThrow("did you mean 'shutdownTimeout'?");
  for (const given of [4, 'media', null, ['media']])
    expect(read(given)).toThrow('expected the options of createWorker() to be an object, got: ');
  expect(read({ autoscale: null, prefetch: null, name: null, queues: null, pool: null })).not.toThrow();
});

test('a log or a clock is one', () => {
  for (const log of [{}, [], new Date(0), { info: () => {} }])
    expect(() => readWorkerOptions({ log: log as never }, {})).toThrow(
      'expected log to be a logger with child(), info()',
    );
  expect(() => readWorkerOptions({ clock: {} as never }, {})).toThrow(
    'expected clock to be a clock with now()',
  );
});

test('prefetch follows the tasks unless it is given', () => {
  expect(readWorkerOptions({ concurrency: 100 }, {}).prefetch).toBeInstanceOf(AdaptivePrefetch);
  expect(readWorkerOptions({ concurrency: 100 }, {}).prefetch.depth).toBe(100);
  expect(readWorkerOptions({ concurrency: 9_999 }, {}).prefetch.depth).toBe(1);
  expect(readWorkerOptions({ concurrency: 4, prefetch: 0 }, {}).prefetch.depth).toBe(0);
});

const CHILDREN = { pool: 'processes', tasks: 'tasks.ts' } as const;

test('children compute: one for each processor, and nothing is held that another worker could run', () => {
  const { concurrency, prefetch } = readWorkerOptions(CHILDREN, {});
  expect(concurrency).toBe(availableParallelism());
  expect(prefetch).toBeInstanceOf(AdaptivePrefetch);
  expect(prefetch.depth).toBe(0);
});

test('children find their task files from anywhere', () => {
  const tasks = ['tasks.ts', new URL('file:///app/tasks.ts')];
  expect(readWorkerOptions({ ...CHILDREN, tasks }, {}).pool.files).toEqual([
    pathToFileURL(resolve('tasks.ts')).href,
    'file:///app/tasks.ts',
  ]);
});

test.each([
  [1_000, 1_000],
  ['1000', 1_000],
  ['200mb', 200 * 1024 * 1024],
  ['1.5 GB', 1.5 * 1024 ** 3],
])('a limit of memory may be %j', (maxMemoryPerChild, bytes) => {
  expect(readWorkerOptions({ ...CHILDREN, maxMemoryPerChild }, {}).pool.maxMemoryPerChild).toBe(bytes);
});

test('two workers of one process have two names', () => {
  expect(readWorkerOptions({}, {}).name).not.toBe(readWorkerOptions({}, {}).name);
});

test.each<[WorkerOptions, string]>([
  [{ pool: 'threads' }, "pool 'threads' needs the option tasks, the file that exports the app"],
  [{ pool: 'processes', tasks: [] }, "pool 'processes' needs the option tasks"],
  [{ pool: 'processes', tasks: [''] }, 'expected tasks to be paths or file URLs, got: '],
  [{ pool: 'prefork' as 'inline' }, "expected pool to be one of inline, threads, processes, got: 'prefork'"],
  [{ maxTasksPerChild: 5 }, "maxTasksPerChild needs pool 'threads' or 'processes'"],
  [{ ...CHILDREN, maxTasksPerChild: 0 }, 'expected maxTasksPerChild to be an integer of at least 1, got: 0'],
  [
    { ...CHILDREN, maxMemoryPerChild: 'much' },
    "expected maxMemoryPerChild to be a number of bytes, or a size such as '200mb', got: 'much'",
  ],
  [
    { gateway: 'localhost' },
    "expected gateway to be a URL such as 'http://127.0.0.1:7600', got: 'localhost'",
  ],
  [{ gateway: 'ftp://x' }, 'expected gateway to be a URL'],
  [{ autoscale: [4, 2] }, 'expected autoscale[1] to be an integer from 4 to 10000, got: 2'],
  [{ autoscale: [0, 2] }, 'expected autoscale[0] to be an integer from 1 to 10000, got: 0'],
  [{ autoscale: [1, 2], concurrency: 3 }, 'autoscale replaces concurrency: give only one of them'],
  [{ concurrency: 0 }, 'expected concurrency to be an integer from 1 to 10000, got: 0'],
  [{ concurrency: 10_000, prefetch: 1 }, 'expected prefetch to be an integer from 0 to 0, got: 1'],
  [{ queues: [] }, 'expected queues to be a list of at least one name, got: an '],
  [{ queues: [''] }, 'expected queues[0] to be a string of 1 to 255 characters'],
  [{ shutdownTimeout: -1 }, 'expected shutdownTimeout to be'],
])('%j is refused', (options, message) => {
  expect(() => readWorkerOptions(options, {})).toThrow(message);
});

test('autoscale begins with its lower bound, and leaves room for its upper one', () => {
  expect(readWorkerOptions({ autoscale: [2, 8] }, {})).toMatchObject({ concurrency: 2, autoscale: [2, 8] });
  const prefetch = 10_000 - 8;
  expect(readWorkerOptions({ autoscale: [2, 8], prefetch }, {}).prefetch.depth).toBe(prefetch);
  expect(() => readWorkerOptions({ autoscale: [2, 8], prefetch: prefetch + 1 }, {})).toThrow(
    'expected prefetch',
  );
});
