import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { chromiumFlags, findChromium } from './tools/find-chromium.ts';

// The processes that tests start load the same modules: what was compiled once is kept.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

const onCI = process.env.CI === 'true';

// The limits end what hangs: none of them judges how fast a machine is.
export default defineConfig({
  testDir: 'e2e/browser',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  forbidOnly: onCI,
  fullyParallel: false,
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: findChromium(), args: [...chromiumFlags] },
    // Nothing moves and little is drawn, since software draws it; a trace draws each frame once more: `--trace on`.
    contextOptions: { reducedMotion: 'reduce' },
    viewport: { width: 1000, height: 600 },
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
