import { startRecordingTarget, type RecordingTarget } from '@sluice/testkit/recording-target';
import { expect, test } from '@playwright/test';
import { startSluice, type SluiceServer } from './fixtures/sluice-server.ts';
import { inParallel, post } from './fixtures/webhook-sender.ts';
import { createPipeline, openEditor } from './pages/editor.ts';

let sluice: SluiceServer;
let target: RecordingTarget;

test.beforeAll(async () => {
  sluice = await startSluice();
  target = await startRecordingTarget();
});
test.afterAll(async () => {
  await sluice.dispose();
  await target.close();
});

const json = { 'content-type': 'application/json' };

test('by mouse: draw, wire, choose deliveries, deploy, send, see it arrive, reload, undo', async ({ page }) => {
  const editor = await createPipeline(page, sluice.url, 'Mouse orders');
  await editor.addByMouse('Webhook', { x: 130, y: 220 });
  await editor.addByMouse('Transform', { x: 400, y: 220 });
  await editor.addByMouse('HTTP request', { x: 680, y: 220 });
  await editor.connectByMouse('Webhook', 'Transform');
  await editor.connectByMouse('Transform', 'HTTP request');
  await editor.chooseDelivery('Webhook', 'Transform', 'Event');
  await editor.chooseDelivery('Webhook', 'Transform', 'Pull');
  await expect(editor.inspector.getByText('What this choice means here')).toBeVisible();
  await editor.chooseDelivery('Transform', 'HTTP request', 'Push');
  await editor.configure('Webhook', 'Path', 'placed');
  await editor.configure('Transform', 'Expression', "{ 'id': id, 'double': n * 2 }");
  await editor.configure('HTTP request', 'Address', target.url);
  await editor.deploy();

  const answers = await inParallel(20, 4, (n) =>
    post(`${sluice.url}/hooks/mouse-orders/placed`, json, JSON.stringify({ id: `a${n}`, n })),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 202));
  await expect.poll(() => target.received.length).toBe(20);
  expect(target.received.map((request) => JSON.parse(request.body) as unknown)).toContainEqual({
    id: 'a7',
    double: 14,
  });
  await expect(page.getByLabel('Verdict')).toContainText('Flowing');

  await page.reload();
  const again = await openEditor(page, 'Mouse orders');
  await expect(again.canvas.getByRole('button', { name: /^Push wire from Transform to HTTP request/ })).toBeVisible();
  await expect(page.getByText(/v1 running/)).toBeVisible();
  // Undo reaches back over the reload: the last thing done was the address.
  await page.getByRole('button', { name: /^Undo/ }).click();
  await again.node('HTTP request').click();
  await expect(again.inspector.getByRole('textbox', { name: 'Address', exact: true })).not.toHaveValue(target.url);
  await page.getByRole('button', { name: /^Redo/ }).click();
  await expect(again.inspector.getByRole('textbox', { name: 'Address', exact: true })).toHaveValue(target.url);
});

test('by keyboard alone: add, connect, choose a delivery, configure, deploy', async ({ page }) => {
  const before = target.received.length;
  await page.goto(sluice.url);
  await page.getByRole('button', { name: 'New pipeline' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'New pipeline' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Title' }).focus();
  await page.keyboard.type('Key orders');
  await page.keyboard.press('Enter');
  const editor = await openEditor(page, 'Key orders');

  const add = async (search: string, title: string, key: string): Promise<void> => {
    await page.keyboard.press(key);
    await expect(page.getByLabel(/^Search nodes to add/)).toBeFocused();
    await page.keyboard.type(search);
    await page.keyboard.press('Enter');
    await expect(editor.node(title)).toBeVisible();
    await expect(editor.node(title)).toBeFocused();
  };
  const connect = async (from: string, to: string, delivery: '1' | '2' | '3'): Promise<void> => {
    await editor.node(from).focus();
    await page.keyboard.press('c');
    const status = page.getByRole('status', { name: 'What happened on the canvas' });
    await expect(status).toContainText(`Connect ${from}`);
    await page.keyboard.press(delivery);
    for (let step = 0; step < 5 && !((await status.textContent()) ?? '').includes(`to ${to} by`); step += 1)
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(editor.wire(from, to)).toBeVisible();
  };
  const fill = async (title: string, field: string, value: string): Promise<void> => {
    await editor.node(title).focus();
    await page.keyboard.press('Enter');
    await expect(editor.inspector.getByRole('textbox', { name: 'Title' })).toBeVisible();
    await editor.inspector.getByRole('textbox', { name: field, exact: true }).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(value);
    await page.keyboard.press('Escape');
  };

  // Everything is reached by Tab, as somebody without a mouse would.
  const addNode = page.getByRole('button', { name: 'Add node' });
  for (
    let step = 0;
    step < 60 && (await page.locator(':focus').filter({ hasText: 'Add node' }).count()) === 0;
    step += 1
  ) {
    await page.keyboard.press('Tab');
  }
  await expect(addNode).toBeFocused();
  await add('webhook', 'Webhook', 'Enter');
  await add('transform', 'Transform', '/');
  await add('http request', 'HTTP request', 'n');
  await connect('Webhook', 'Transform', '3');
  await connect('Transform', 'HTTP request', '2');
  await expect(editor.canvas.getByRole('button', { name: /^Event wire from Webhook to Transform/ })).toBeVisible();
  await expect(editor.canvas.getByRole('button', { name: /^Pull wire from Transform to HTTP request/ })).toBeVisible();
  await fill('Webhook', 'Path', 'keyed');
  await fill('HTTP request', 'Address', target.url);
  await editor.saved();

  await page.keyboard.press('ControlOrMeta+Enter');
  const dialog = page.getByRole('dialog', { name: /Deploy/ });
  await dialog.getByRole('button', { name: /^Deploy/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/v1 running/)).toBeVisible();

  expect((await post(`${sluice.url}/hooks/key-orders/keyed`, json, '{"id":"k1"}')).status).toBe(202);
  await expect.poll(() => target.received.length).toBe(before + 1);
});
