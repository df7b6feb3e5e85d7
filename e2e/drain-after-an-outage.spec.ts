import { startRecordingTarget } from '@sluice/testkit/recording-target';
import { expect, test } from '@playwright/test';
import { startSluice } from './fixtures/sluice-server.ts';
import { post, type Answer } from './fixtures/webhook-sender.ts';
import { openEditor } from './pages/editor.ts';

const CAPACITY = 40;

test('a sink that is down: depth and age rise on the canvas, the source says 429 at capacity, all drains when it is back', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const sluice = await startSluice();
  const target = await startRecordingTarget();
  try {
    await sluice.api('POST', '/pipelines', {
      format: 'sluice/v1',
      name: 'outage',
      title: 'Outage',
      nodes: [
        { id: 'in', type: 'webhook', title: 'Intake', config: { path: 'in', idempotencyKey: 'id' } },
        {
          id: 'ship',
          type: 'http-request',
          title: 'Ship',
          config: { url: target.url },
          work: {
            retry: { attempts: 1_000, base: '100ms', cap: '500ms' },
            breaker: { minimumCalls: 5, openFor: '1s' },
          },
        },
      ],
      wires: [{ id: 'w1', from: 'in', to: 'ship', delivery: 'pull', queue: { capacity: CAPACITY } }],
      layout: { in: [0, 0], ship: [360, 0] },
    });
    await sluice.api('POST', '/pipelines/outage/deploy', {});
    await target.goDown();

    await page.goto(`${sluice.url}/pipelines/outage`);
    const editor = await openEditor(page, 'Outage');
    const accepted: string[] = [];
    let refusal: Answer | undefined;
    for (let n = 0; n < CAPACITY * 3 && refusal === undefined; n += 1) {
      const answer = await post(
        `${sluice.url}/hooks/outage/in`,
        { 'content-type': 'application/json' },
        JSON.stringify({ id: `o${n}` }),
      );
      if (answer.status === 202) accepted.push(`o${n}`);
      else refusal = answer;
    }
    expect(accepted).toHaveLength(CAPACITY);
    expect(refusal).toMatchObject({ status: 429, contentType: expect.stringContaining('application/problem+json') });
    const retryAfter = Number(refusal?.retryAfter);
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(600);

    // On the wire: its depth is the capacity; and its age goes on rising.
    const wire = editor.figuresOf('Intake', 'Ship');
    await expect(wire).toContainText(String(CAPACITY));
    await expect(wire).toContainText(/\d+ s/);
    await expect(page.getByLabel('Verdict')).toContainText(/Stuck|Limited/);
    await expect(page.getByLabel('Verdict')).toContainText('Ship');

    await target.comeUp();
    const delivered = () =>
      new Set(
        target.received
          .filter((request) => request.status === 200)
          .map((request) => (JSON.parse(request.body) as { id: string }).id),
      );
    await expect.poll(() => delivered().size, { timeout: 60_000 }).toBe(CAPACITY);
    expect([...delivered()].toSorted()).toEqual(accepted.toSorted());
    await expect(wire).toContainText('0');
    await expect(page.getByLabel('Verdict')).toContainText(/Flowing|Idle/, { timeout: 20_000 });
    expect(
      (await post(`${sluice.url}/hooks/outage/in`, { 'content-type': 'application/json' }, '{"id":"after"}')).status,
    ).toBe(202);
  } finally {
    await sluice.dispose();
    await target.close();
  }
});
