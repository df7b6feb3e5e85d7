import { startRecordingTarget } from '@sluice/testkit/recording-target';
import { expect, test } from '@playwright/test';
import { startSluice } from './fixtures/sluice-server.ts';
import { inParallel, post } from './fixtures/webhook-sender.ts';
import { openEditor } from './pages/editor.ts';

const ORDERS = 60;
const UNPRICED = 5;
const json = { 'content-type': 'application/json' };

test('a sink refuses for good: letters by cause, one edited, a few redriven first, then the rest, and each arrives once', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const sluice = await startSluice();
  const target = await startRecordingTarget();
  try {
    await sluice.api('POST', '/pipelines', {
      format: 'sluice/v1',
      name: 'refused',
      title: 'Refused orders',
      nodes: [
        { id: 'in', type: 'webhook', title: 'Intake', config: { path: 'in', idempotencyKey: 'id' } },
        {
          id: 'price',
          type: 'transform',
          title: 'Price',
          config: { expression: "{ 'id': id, 'total': $number(total) }" },
        },
        { id: 'ship', type: 'http-request', title: 'Ship', config: { method: 'POST', url: target.url } },
      ],
      wires: [
        { id: 'w1', from: 'in', to: 'price', delivery: 'pull' },
        { id: 'w2', from: 'price', to: 'ship', delivery: 'event' },
      ],
      layout: { in: [0, 0], price: [320, 0], ship: [640, 0] },
    });
    await sluice.api('POST', '/pipelines/refused/deploy', {});
    target.behave({ kind: 'failing', status: 422 });
    const totalOf = (n: number): unknown => (n < UNPRICED ? 'unknown' : n);
    await inParallel(ORDERS, 8, (n) =>
      post(`${sluice.url}/hooks/refused/in`, json, JSON.stringify({ id: `o${n}`, total: totalOf(n) })),
    );

    await page.goto(`${sluice.url}/pipelines/refused?panel=dead-letters`);
    await openEditor(page, 'Refused orders');
    const causes = page.getByRole('list', { name: 'Causes' });
    await expect(causes.getByRole('button').nth(0)).toContainText(`${ORDERS - UNPRICED} · Ship · Permanent`);
    await expect(causes.getByRole('button').nth(1)).toContainText(`${UNPRICED} · Price · Permanent`);

    // The target is repaired, but not sound yet: the ones that go first die again, and the rest stays.
    await page.getByRole('button', { name: `Redrive all ${ORDERS - UNPRICED}` }).click();
    const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' });
    await expect(dialog).toContainText(`${ORDERS - UNPRICED} messages will go back to where they came from`);
    await dialog.getByRole('button', { name: 'Redrive 10, then 45' }).click();
    const progress = page.getByRole('status', { name: 'Redrive' });
    await expect(progress).toContainText(
      'Redrive stopped by itself: 10 of 55 messages redriven, 0 worked, 10 died again',
    );
    await page.getByRole('button', { name: 'Close the result of the redrive' }).click();
    await expect(causes.getByRole('button').nth(0)).toContainText(`${ORDERS - UNPRICED} · Ship`);

    const before = target.received.length;
    target.behave({ kind: 'well' });
    await page.getByRole('button', { name: `Redrive all ${ORDERS - UNPRICED}` }).click();
    await dialog.getByRole('button', { name: 'Redrive 10, then 45' }).click();
    await expect(progress).toContainText('Redrive is over: 55 of 55 messages redriven, 55 worked');
    const idsOf = (requests: typeof target.received) =>
      requests.map((request) => (JSON.parse(request.body) as { id: string }).id).toSorted();
    const shipped = Array.from({ length: ORDERS - UNPRICED }, (_, n) => `o${n + UNPRICED}`).toSorted();
    expect(idsOf(target.received.slice(before))).toEqual(shipped);

    // What was wrong with the message itself is repaired by hand.
    await expect(causes.getByRole('button')).toHaveCount(1);
    await page.getByRole('list', { name: 'Letters of this cause' }).getByRole('button').first().click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const edit = page.getByRole('dialog', { name: 'Edit dead letter' });
    const payload = edit.getByRole('textbox', { name: 'Payload' });
    const { id } = JSON.parse(await payload.inputValue()) as { id: string };
    await payload.fill(JSON.stringify({ id, total: 99 }));
    await edit.getByRole('button', { name: 'Save' }).click();
    await expect(edit).toBeHidden();
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await expect.poll(() => idsOf(target.received.slice(before)).length).toBe(ORDERS - UNPRICED + 1);
    expect(target.received.at(-1)?.body).toContain('"total":99');

    // The rest of that cause is not worth it.
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await page.getByRole('button', { name: `Discard ${UNPRICED - 1} dead letters` }).click();
    await expect(page.getByText('No dead letters', { exact: true })).toBeVisible();
    await expect(page.getByText(`${UNPRICED - 1} dead letters were discarded so far.`)).toBeVisible();
    expect(idsOf(target.received.slice(before))).toEqual([...shipped, id].toSorted());
  } finally {
    await sluice.dispose();
    await target.close();
  }
});

test('an event wire delivers its history again, under the same ids', async ({ page }) => {
  const sluice = await startSluice();
  const target = await startRecordingTarget();
  try {
    await sluice.api('POST', '/pipelines', {
      format: 'sluice/v1',
      name: 'history',
      title: 'History',
      nodes: [
        { id: 'in', type: 'webhook', title: 'Intake', config: { path: 'in' } },
        { id: 'book', type: 'http-request', title: 'Book', config: { method: 'POST', url: target.url } },
      ],
      wires: [{ id: 'w1', from: 'in', to: 'book', delivery: 'event' }],
      layout: { in: [0, 0], book: [320, 0] },
    });
    await sluice.api('POST', '/pipelines/history/deploy', {});
    await inParallel(20, 4, (n) => post(`${sluice.url}/hooks/history/in`, json, JSON.stringify({ n })));
    await target.receives(20);
    await page.goto(`${sluice.url}/pipelines/history?panel=messages`);
    const editor = await openEditor(page, 'History');
    await editor.wire('Intake', 'Book').click();
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay this wire' });
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click();
    await expect(page.getByText('Intake → Book delivers 20 messages again')).toBeVisible();
    await target.receives(40);
    const idsOf = (requests: typeof target.received) => requests.map((request) => request.id ?? '').toSorted();
    expect(idsOf(target.received.slice(20))).toEqual(idsOf(target.received.slice(0, 20)));
  } finally {
    await sluice.dispose();
    await target.close();
  }
});
