import { expect, type Locator, type Page } from '@playwright/test';

/** The editor as its user sees it: everything by role and name. */
export interface Editor {
  readonly page: Page;
  readonly canvas: Locator;
  readonly inspector: Locator;
  /** The node of this title. */
  node(title: string): Locator;
  /** The wire between two titles, whatever its delivery. */
  wire(from: string, to: string): Locator;
  /** What stands on that wire: depth, age, fill. */
  figuresOf(from: string, to: string): Locator;
  addByMouse(type: string, at: { readonly x: number; readonly y: number }): Promise<void>;
  connectByMouse(from: string, to: string): Promise<void>;
  chooseDelivery(from: string, to: string, delivery: 'Push' | 'Pull' | 'Event'): Promise<void>;
  /** Opens a node and fills one of its fields. */
  configure(title: string, field: string, value: string): Promise<void>;
  saved(): Promise<void>;
  deploy(): Promise<void>;
}

/** Makes a pipeline from the home page and opens it. */
export async function createPipeline(page: Page, url: string, title: string): Promise<Editor> {
  await page.goto(url);
  await page.getByRole('button', { name: 'New pipeline' }).click();
  const dialog = page.getByRole('dialog', { name: 'New pipeline' });
  await dialog.getByRole('textbox', { name: 'Title' }).fill(title);
  await dialog.getByRole('button', { name: 'Create pipeline' }).click();
  return openEditor(page, title);
}

export async function openEditor(page: Page, title: string): Promise<Editor> {
  await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
  const canvas = page.getByRole('region', { name: 'Canvas' });
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  const node = (name: string): Locator => canvas.getByRole('group', { name: new RegExp(`^${name}, `) });
  const wire = (from: string, to: string): Locator =>
    canvas.getByRole('button', { name: new RegExp(`wire from ${from} to ${to}`) });

  const editor: Editor = {
    page,
    canvas,
    inspector,
    node,
    wire,
    // The wire's button covers its figures; they share one chip.
    figuresOf: (from, to) => wire(from, to).locator('..'),
    async addByMouse(type, at) {
      await page
        .getByRole('navigation', { name: 'Palette' })
        .getByRole('button', { name: type, exact: true })
        .dragTo(canvas, { targetPosition: at });
      await expect(node(type)).toBeVisible();
    },
    async connectByMouse(from, to) {
      await node(from)
        .locator('.react-flow__handle.source')
        .first()
        .dragTo(node(to).locator('.react-flow__handle.target'));
      await expect(wire(from, to)).toBeVisible();
    },
    async chooseDelivery(from, to, delivery) {
      await wire(from, to).click();
      await inspector.getByRole('radiogroup', { name: 'Delivery' }).getByText(delivery, { exact: true }).click();
      await expect(
        canvas.getByRole('button', { name: new RegExp(`^${delivery} wire from ${from} to ${to}`) }),
      ).toBeVisible();
    },
    async configure(title_, field, value) {
      await node(title_).click();
      await inspector.getByRole('textbox', { name: field, exact: true }).fill(value);
    },
    async saved() {
      await expect(page.getByText('Draft saved')).toBeVisible();
    },
    async deploy() {
      await page.getByRole('button', { name: 'Deploy', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: /Deploy/ });
      await dialog.getByRole('button', { name: /^Deploy/ }).click();
      await expect(dialog).toBeHidden();
      await expect(page.getByText(/v\d+ running/)).toBeVisible();
    },
  };
  return editor;
}
