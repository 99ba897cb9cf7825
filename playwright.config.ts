import { defineConfig } from '@playwright/test';
import { chromiumFlags, findChromium } from './tools/find-chromium.ts';

const onCI = process.env.CI === 'true';

export default defineConfig({
  testDir: 'e2e/browser',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  forbidOnly: onCI,
  fullyParallel: false,
  workers: 2,
  timeout: 60_000,
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: findChromium(), args: [...chromiumFlags] },
    trace: 'retain-on-failure',
  },
});
