import { expect, test } from 'vitest';
import { AdaptivePrefetch } from './attempts/prefetch.ts';
import { readOptions } from './options.ts';

test('what is left out has a default, the environment before it', () => {
  expect(readOptions({}, {})).toMatchObject({
    gateway: 'http://127.0.0.1:7600',
    link: 'ws://127.0.0.1:7600/worker',
    queues: ['default'],
    concurrency: 16,
    token: null,
    shutdownTimeoutMs: 30_000,
  });
  const env = { CELERIAC_URL: 'https://tasks.example/base/', CELERIAC_TOKEN: 'secret' };
  expect(readOptions({}, env)).toMatchObject({ link: 'wss://tasks.example/base/worker', token: 'secret' });
});

test('prefetch follows the tasks unless it is given', () => {
  expect(readOptions({ concurrency: 100 }, {}).prefetch).toBeInstanceOf(AdaptivePrefetch);
  expect(readOptions({ concurrency: 100 }, {}).prefetch.depth).toBe(100);
  expect(readOptions({ concurrency: 9_999 }, {}).prefetch.depth).toBe(1);
  expect(readOptions({ concurrency: 4, prefetch: 0 }, {}).prefetch.depth).toBe(0);
});

test('two workers of one process have two names', () => {
  expect(readOptions({}, {}).name).not.toBe(readOptions({}, {}).name);
});

test.each([
  [{ pool: 'threads' }, "pool 'threads' is not available, the only pool so far is 'inline'"],
  [{ gateway: 'localhost' }, "expected gateway to be a URL such as http://127.0.0.1:7600, got: 'localhost'"],
  [{ gateway: 'ftp://x' }, 'expected gateway to be a URL'],
  [{ concurrency: 0 }, 'expected concurrency to be a whole number from 1 to 10000, got: 0'],
  [{ concurrency: 10_000, prefetch: 1 }, 'expected prefetch to be a whole number from 0 to 0, got: 1'],
  [{ queues: [] }, 'expected at least one queue'],
  [{ queues: [''] }, 'expected queues to be 1 to 255 characters'],
  [{ shutdownTimeout: -1 }, 'expected shutdownTimeout to be'],
])('%j is refused', (options, message) => {
  expect(() => readOptions(options, {})).toThrow(message);
});
