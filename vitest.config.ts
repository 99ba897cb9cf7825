import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Hundreds of threads and processes that tests start load the same modules: what was compiled once is kept.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

// Tests of the sources see each other's sources; end-to-end tests see what is built, as users do.
const source = ['celeriac-source', 'module', 'node', 'development|production'];
const resolveSource = { resolve: { conditions: source }, ssr: { resolve: { conditions: source } } };

/** Those that judge memory, rates or latencies, or fill the machine themselves. */
const alone = [
  'e2e/chaos.test.ts',
  'e2e/connections.test.ts',
  'e2e/limits.test.ts',
  'e2e/overload.test.ts',
  'e2e/scale.test.ts',
  'e2e/stress.test.ts',
];
/** They end what hangs, and judge nothing: a busy machine may take its time. */
const sourceLimits = { testTimeout: 60_000, hookTimeout: 60_000 };
const endToEnd = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        ...resolveSource,
        test: {
          name: 'unit',
          include: [
            '{protocol,runtime,token,client,worker,gateway,cli,demo-web,bench,chaos}/**/*.test.{ts,tsx}',
            'tools/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', 'gateway/src/engine/conformance/**'],
          ...sourceLimits,
        },
      },
      {
        ...resolveSource,
        test: {
          name: 'engine',
          include: ['gateway/src/engine/conformance/**/*.test.ts'],
          ...sourceLimits,
        },
      },
      {
        // They wait more than they work: for leases, for a restart, for what is due.
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...endToEnd,
        },
      },
      {
        test: {
          name: 'alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...endToEnd,
        },
      },
    ],
  },
});
