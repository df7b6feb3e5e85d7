import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printDocument, type PipelineDocument } from '@sluice/pipeline';
import {
  aPipeline,
  freePort,
  httpRequest,
  signStandardWebhook,
  startRecordingTarget,
  transform,
  webhook,
  type RecordingTarget,
} from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSluice, type Ended, type Started } from './testing/run-sluice.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let folder: string;
let target: RecordingTarget;
let running: readonly Started[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-run-'));
  target = await startRecordingTarget();
  running = [];
  await writeFile(path.join(folder, 'orders.json'), printDocument(orders()));
  await writeFile(path.join(folder, 'secrets.env'), `orders=${SECRET}\n`);
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

function orders(): PipelineDocument {
  return aPipeline('orders')
    .with(webhook('in', { path: 'placed', verify: { scheme: 'standard-webhooks', secret: { $secret: 'orders' } } }))
    .pushedTo(transform('total', "{ 'order': id, 'total': $sum(lines.(price * qty)) }"))
    .pulledBy(httpRequest('ship', `${target.url}/ship`, { retry: { attempts: 100, base: '20ms', cap: '100ms' } }))
    .document();
}

function run(...args: readonly string[]): Started {
  const started = startSluice(['run', 'orders.json', ...args], { folder });
  running = [...running, started];
  return started;
}

async function addressOf(started: Started): Promise<string> {
  return (await started.line((line) => line.startsWith('POST '))).slice('POST '.length);
}

function send(url: string, order: { readonly id: string }): Promise<Response> {
  const body = JSON.stringify({
    lines: [
      { price: 2, qty: 3 },
      { price: 1, qty: 4 },
    ],
    ...order,
  });
  const headers = signStandardWebhook({
    secret: SECRET,
    id: order.id,
    timestamp: Math.floor(Date.now() / 1_000),
    body,
  });
  return fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body });
}

function stop({ child, ended }: Started): Promise<Ended> {
  child.kill('SIGTERM');
  return ended;
}

describe('sluice run', () => {
  test('runs the pipeline for real until it is told to stop', async () => {
    const started = run('--port', '0', '--secrets-file', 'secrets.env');
    const url = await addressOf(started);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/orders\/placed$/);
    const answer = await send(url, { id: 'o1' });
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ status: 'accepted' })]);
    await target.receives(1);
    expect(JSON.parse(target.received[0]?.body ?? '')).toEqual({ order: 'o1', total: 10 });
    expect((await send(url, { id: 'o1' })).status).toBe(200);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await fetch(new URL('/elsewhere', url))).status).toBe(404);
    expect(await stop(started)).toEqual({
      status: 0,
      stdout: expect.stringMatching(
        /^orders runs; its data is in .*orders\.\nPOST http.*\norders has stopped\.\n$/s,
      ) as string,
      stderr: '',
    });
    expect(target.received).toHaveLength(1);
  });

  test('keeps what waits and takes it up at the next start', async () => {
    await target.goDown();
    const first = run('--port', '0', '--secret', `orders=${SECRET}`);
    const url = await addressOf(first);
    expect((await Promise.all(['a', 'b', 'c'].map((id) => send(url, { id })))).map(({ status }) => status)).toEqual([
      202, 202, 202,
    ]);
    expect((await stop(first)).status).toBe(0);
    await target.comeUp();
    const second = run('--port', '0', '--secrets-file', 'secrets.env');
    await addressOf(second);
    await target.receives(3);
    expect((await stop(second)).status).toBe(0);
    expect(new Set(target.deliveredIds()).size).toBe(3);
  });

  test('tells everything as lines of JSON', async () => {
    const started = run('--port', '0', '--secrets-file', 'secrets.env', '--data-dir', 'data', '--json');
    const first = JSON.parse(await started.line(() => true)) as { readonly hooks: readonly { readonly url: string }[] };
    expect(first).toEqual({
      kind: 'started',
      name: 'orders',
      dataDir: expect.stringMatching(/sluice-run-.*\/data$/) as string,
      hooks: [{ nodeId: 'in', methods: ['POST'], url: expect.stringContaining('/hooks/orders/placed') as string }],
    });
    await send(first.hooks[0]?.url ?? '', { id: 'o1' });
    const status = await started.line((line) => line.includes('"completed":1'));
    expect(JSON.parse(status)).toMatchObject({
      kind: 'status',
      name: 'orders',
      state: 'running',
      nodes: { ship: { completed: 1 } },
    });
    const ended = await stop(started);
    expect(ended.status).toBe(0);
    expect(JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({ kind: 'stopped', name: 'orders' });
  });

  test('does not start without its secrets, and says which', async () => {
    const { status, stdout, stderr } = await run('--port', '0').ended;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('sluice: ');
    expect(stderr).toContain('orders');
  });

  test('does not start what has errors', async () => {
    await writeFile(path.join(folder, 'orders.json'), printDocument(orders()).replace('"transform"', '"trasnform"'));
    const { status, stdout, stderr } = await run('--port', '0').ended;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Did you mean `transform`?');
  });

  test('says that its port is taken', async () => {
    const port = await freePort();
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
    const { status, stderr } = await run('--port', String(port), '--secrets-file', 'secrets.env').ended;
    await new Promise((resolve) => occupant.close(resolve));
    expect(stderr).toBe(
      `sluice: Cannot listen on port ${port}: something else listens there. Choose another one with --port (0: any free one).\n`,
    );
    expect(status).toBe(1);
  });

  test('leaves a data folder alone that another process runs on', async () => {
    const first = run('--port', '0', '--secrets-file', 'secrets.env');
    await addressOf(first);
    const { status, stderr } = await run('--port', '0', '--secrets-file', 'secrets.env').ended;
    expect(stderr).toContain(`sluice: Cannot run in ${path.join(folder, '.sluice-run', 'orders')}: `);
    expect(status).toBe(1);
    expect((await stop(first)).status).toBe(0);
  });
});

describe('secrets files', () => {
  test('may be one JSON object', async () => {
    await writeFile(path.join(folder, 'secrets.json'), JSON.stringify({ orders: SECRET }));
    const started = run('--port', '0', '--secrets-file', 'secrets.json');
    expect((await send(await addressOf(started), { id: 'o1' })).status).toBe(202);
    await stop(started);
  });

  test('are refused without quoting them', async () => {
    await writeFile(path.join(folder, 'secrets.json'), `{ "orders": "${SECRET}`);
    const { status, stderr } = await run('--port', '0', '--secrets-file', 'secrets.json').ended;
    expect(stderr).toBe('sluice: secrets.json must be one JSON object of names and texts, or lines of name=value.\n');
    expect(status).toBe(1);
  });
});
