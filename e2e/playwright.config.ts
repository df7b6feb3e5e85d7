import { defineConfig } from '@playwright/test';

// `npm test` finds a browser and names it here.
const chromium = process.env['SLUICE_CHROMIUM'];

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  outputDir: 'test-results',
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      args: ['--no-sandbox', '--disable-background-networking'],
      ...(chromium === undefined ? {} : { executablePath: chromium }),
    },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
