import { expect, test } from '@playwright/test';
import { startRecordingTarget, type RecordingTarget } from '@sluice/testkit/recording-target';
import { startSluice, type SluiceServer } from './fixtures/sluice-server.ts';
import { inParallel, newSecret, post, sign } from './fixtures/webhook-sender.ts';

const secret = newSecret();
let sluice: SluiceServer;
let target: RecordingTarget;
let hook: string;

test.beforeAll(async () => {
  sluice = await startSluice();
  target = await startRecordingTarget();
  hook = `${sluice.url}/hooks/orders/placed`;
  await sluice.api('PUT', '/secrets/orders', { value: secret });
  await sluice.api('POST', '/pipelines', {
    format: 'sluice/v1',
    name: 'orders',
    nodes: [
      {
        id: 'in',
        type: 'webhook',
        config: {
          path: 'placed',
          verify: { scheme: 'standard-webhooks', secret: { $secret: 'orders' } },
          idempotencyKey: 'id',
          bodyLimit: 10_000,
        },
      },
      { id: 'price', type: 'transform', config: { expression: "{ 'id': id, 'total': $sum(lines.(price * qty)) }" } },
      { id: 'ship', type: 'http-request', config: { method: 'POST', url: target.url } },
    ],
    wires: [
      { id: 'w1', from: 'in', to: 'price', delivery: 'pull' },
      { id: 'w2', from: 'price', to: 'ship', delivery: 'push' },
    ],
  });
  await sluice.api('POST', '/pipelines/orders/deploy', {});
});

test.afterAll(async () => {
  await sluice.dispose();
  await target.close();
});

const orderOf = (n: number): string =>
  JSON.stringify({
    id: `order-${n}`,
    lines: [
      { price: n, qty: 2 },
      { price: 1, qty: 3 },
    ],
  });
const send = (n: number) => {
  const body = orderOf(n);
  return post(hook, sign({ secret, id: `msg-${n}`, body }), body);
};

test('1,000 signed webhooks, 16 at a time, are each delivered once with the right contents', async () => {
  const answers = await inParallel(1_000, 16, send);
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1_000);
  await expect.poll(() => target.received.length, { timeout: 30_000 }).toBe(1_000);

  const totals = new Map(target.received.map((delivery) => [bodyOf(delivery).id, bodyOf(delivery).total]));
  expect(totals.size).toBe(1_000);
  for (let n = 0; n < 1_000; n += 1) expect(totals.get(`order-${n}`)).toBe(n * 2 + 3);
  expect(new Set(target.received.map((delivery) => delivery.id)).size).toBe(1_000);

  const repeats = await inParallel(100, 16, (n) => send(n * 10));
  for (const repeat of repeats) {
    expect(repeat.status).toBe(200);
    expect(JSON.parse(repeat.body)).toMatchObject({ status: 'duplicate' });
  }
  const { nodes, wires } = (await sluice.api('GET', '/pipelines/orders/status')) as {
    nodes: Record<string, { duplicates: number }>;
    wires: Record<string, { depth: number }>;
  };
  expect(nodes['in']?.duplicates).toBe(100);
  expect(wires['w1']?.depth).toBe(0);
  expect(target.received).toHaveLength(1_000);
});

test('what is forged, stale, broken, too long or misdirected is refused as a problem', async () => {
  const body = orderOf(5_000);
  const good = sign({ secret, id: 'msg-5000', body });
  const long = JSON.stringify({ id: 'long', filler: 'x'.repeat(20_000) });
  const broken = '{"id": "broken", ';
  const cases: readonly [string, number, string, Record<string, string>, string][] = [
    ['forged', 401, hook, sign({ secret: newSecret(), id: 'msg-5000', body }), body],
    ['tampered', 401, hook, good, orderOf(5_001)],
    ['stale', 401, hook, sign({ secret, id: 'msg-5000', body, at: Date.now() - 600_000 }), body],
    ['unsigned', 401, hook, { 'content-type': 'application/json' }, body],
    ['broken JSON', 400, hook, sign({ secret, id: 'msg-5002', body: broken }), broken],
    ['too long', 413, hook, sign({ secret, id: 'msg-5003', body: long }), long],
    ['unknown pipeline', 404, `${sluice.url}/hooks/nobody/placed`, good, body],
    ['unknown path', 404, `${sluice.url}/hooks/orders/elsewhere`, good, body],
  ];
  for (const [name, status, url, headers, text] of cases) {
    const answer = await post(url, headers, text);
    expect(answer.status, name).toBe(status);
    expect(answer.contentType, name).toContain('application/problem+json');
    expect(JSON.parse(answer.body), name).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.any(String),
    });
  }
  const before = target.received.length;
  expect((await send(9_999)).status).toBe(202);
  await expect.poll(() => target.received.length, { timeout: 10_000 }).toBe(before + 1);
});

function bodyOf(request: { readonly body: string }): { readonly id: string; readonly total?: number } {
  return JSON.parse(request.body) as { id: string; total?: number };
}
