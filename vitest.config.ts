import { defineConfig } from 'vitest/config';

// Tests of the sources see each other's sources; end-to-end tests see what is built, as users do.
const source = ['celeriac-source', 'module', 'node', 'development|production'];
const resolveSource = { resolve: { conditions: source }, ssr: { resolve: { conditions: source } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...resolveSource,
        test: {
          name: 'unit',
          include: [
            '{protocol,runtime,client,worker,gateway,cli,demo-web,bench,chaos}/**/*.test.{ts,tsx}',
            'tools/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', 'gateway/src/engine/conformance/**'],
        },
      },
      {
        ...resolveSource,
        test: {
          name: 'engine',
          include: ['gateway/src/engine/conformance/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
