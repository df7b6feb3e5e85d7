// pnpm --filter @sluice/e2e run screenshots: the pictures of the README, taken from the running product.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { startSluice } from './fixtures/sluice-server.ts';

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
/** A burst of the sample pipeline comes within this time. */
const BURST_WITHIN_MS = 120_000;

const executablePath = process.env['SLUICE_CHROMIUM'] ?? '/usr/bin/chromium';
const sluice = await startSluice({ env: { SLUICE_DEMO: '1' } });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
try {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['dark', 'light'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
    const home = await context.newPage();
    await home.goto(sluice.url);
    const canvas = await context.newPage();
    await canvas.goto(`${sluice.url}/pipelines/demo-orders`);
    await canvas.getByRole('button', { name: /wire from Price to Ship/ }).click();
    await burst();
    await canvas.screenshot({ path: path.join(folder, `canvas-${colorScheme}.png`) });
    await home.bringToFront();
    await home.screenshot({ path: path.join(folder, `home-${colorScheme}.png`) });
    await context.close();
  }
  console.log(`Pictures are in ${folder}`);
} finally {
  await browser.close();
  await sluice.dispose();
}

/** A picture of a burst says more than one of silence: waits for the end of one and the middle of the next. */
async function burst(): Promise<void> {
  await waiting((depth) => depth === 0);
  await waiting((depth) => depth > 100);
}

async function waiting(isSo: (depth: number) => boolean): Promise<void> {
  const until = Date.now() + BURST_WITHIN_MS;
  for (;;) {
    const { totals } = (await sluice.api('GET', '/pipelines/demo-orders/status')) as { totals: { depth: number } };
    if (isSo(totals.depth)) return;
    if (Date.now() > until) throw new Error('No burst came');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
