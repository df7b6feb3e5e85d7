import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { startSluice, type SluiceServer } from './fixtures/sluice-server.ts';
import { createPipeline, openEditor } from './pages/editor.ts';

/** `target-size` is off unless it is asked for by name. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let sluice: SluiceServer;
test.beforeAll(async () => {
  sluice = await startSluice({ env: { SLUICE_DEMO: '1' } });
});
test.afterAll(() => sluice.dispose());

async function expectNothingSerious(page: Page, state: string): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page })
    .withTags(TAGS)
    .options({ rules: { 'target-size': { enabled: true } } })
    .analyze();
  expect(passes.length, `${state}: axe looked at something`).toBeGreaterThan(5);
  const serious = violations.filter((violation) => violation.impact === 'serious' || violation.impact === 'critical');
  expect(
    serious.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`),
    state,
  ).toEqual([]);
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(180_000);
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    const check = (state: string) => expectNothingSerious(page, state);

    await page.goto(sluice.url);
    await expect(page.getByRole('link', { name: /Open Demo/ })).toBeVisible();
    await check('home');
    await page.getByRole('button', { name: 'New pipeline' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('new pipeline dialog');
    await page.goto(`${sluice.url}/secrets`);
    await expect(page.getByRole('heading', { name: 'Secrets', level: 1 })).toBeVisible();
    await check('secrets');

    await page.goto(`${sluice.url}/pipelines/demo-orders`);
    const demo = await openEditor(page, 'Demo: orders in bursts');
    await expect(page.getByLabel('Verdict')).toContainText(/\d/);
    await check('live canvas');
    await demo.node('Price').click();
    await check('step chosen');
    await demo.node('Orders from outside').click();
    await check('webhook chosen');
    await demo.wire('Price', 'Ship').click();
    await expect(demo.inspector.getByText('What this choice means here')).toBeVisible();
    await check('delivery card');
    for (const tab of ['Problems', 'Messages', 'Dead letters']) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await check(tab);
    }
    await page.getByRole('button', { name: 'Keys' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('keys');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add node' }).click();
    await check('quick add');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Versions' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('versions');

    await createPipeline(page, sluice.url, `Empty ${colorScheme}`);
    await check('empty canvas');
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('deploy dialog');
    await context.close();
  });
}
