import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocumentText, printDocument } from '@sluice/pipeline';
import { aPipeline, freePort, httpRequest, webhook } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPipelineShelf, type PipelineShelf } from './testing/pipeline-shelf.ts';
import { callSluice } from './testing/call-sluice.ts';
import { runSluice, type Ended } from './testing/run-sluice.ts';

const orders = aPipeline('orders')
  .with(webhook('in'))
  .pulledBy(httpRequest('ship', 'http://127.0.0.1:9000/ship'))
  .document();

let folder: string;
let server: PipelineShelf;
const sluice = (...args: readonly string[]): Promise<Ended> => callSluice([...args, '--server', server.url], folder);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-server-'));
  await writeFile(path.join(folder, 'orders.yaml'), printDocument(orders, { syntax: 'yaml' }));
  server = await startPipelineShelf();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('sluice import', () => {
  test('creates a pipeline, then saves its draft', async () => {
    expect(await sluice('import', 'orders.yaml')).toEqual({
      status: 0,
      stdout: `Created orders on ${server.url}. Deploy it with \`sluice deploy orders\`.\n`,
      stderr: '',
    });
    expect(server.drafts.get('orders')?.document).toEqual(orders);
    expect(await sluice('import', 'orders.yaml')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Saved the draft of orders') as string,
    });
    expect(server.drafts.get('orders')?.revision).toBe(2);
  });

  test('answers in JSON', async () => {
    const { stdout } = await sluice('import', 'orders.yaml', '--json');
    expect(JSON.parse(stdout)).toEqual({ id: 'id-orders', name: 'orders', revision: 1, created: true });
  });

  test('sends nothing that is no document', async () => {
    await writeFile(
      path.join(folder, 'bad.json'),
      '{ "format": "sluice/v1", "name": "bad", "nodes": [], "wires": {} }',
    );
    expect(await sluice('import', 'bad.json')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'bad.json:1:54  error    `wires` must be a list, not an object.\n1 error\n',
    });
    expect(server.drafts.size).toBe(0);
  });

  test('keeps what somebody else saved in the same moment', async () => {
    await sluice('import', 'orders.yaml');
    server.refuseNext(
      { status: 412, code: 'revision-stale', title: 'Saved by somebody else', detail: 'Nothing was overwritten.' },
      'PUT',
    );
    expect(await sluice('import', 'orders.yaml')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'sluice: Somebody else saved "orders" in the same moment; their draft was kept. Look at it, then import again.\n',
    });
    expect(server.drafts.get('orders')?.revision).toBe(1);
  });
});

describe('sluice export', () => {
  test('prints what was imported, as JSON and YAML', async () => {
    await sluice('import', 'orders.yaml');
    const json = await sluice('export', 'orders');
    expect(parseDocumentText(json.stdout)).toEqual({ ok: true, document: orders });
    expect(await sluice('export', 'orders', '--yaml')).toEqual({
      status: 0,
      stdout: printDocument(orders, { syntax: 'yaml' }),
      stderr: '',
    });
  });

  test('says that there is no such pipeline', async () => {
    expect(await sluice('export', 'gone')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'sluice: No such pipeline: There is no pipeline "gone".\n',
    });
  });
});

describe('sluice deploy', () => {
  test('imports a file and deploys it', async () => {
    expect(await sluice('deploy', 'orders.yaml', '--note', 'first')).toEqual({
      status: 0,
      stdout: 'orders version 1 is running. Began anew: in.\n',
      stderr: '',
    });
    expect(server.deployments).toEqual([{ name: 'orders', body: { note: 'first' } }]);
  });

  test('deploys a version by name', async () => {
    await sluice('import', 'orders.yaml');
    const { stdout, status } = await sluice('deploy', 'orders', '--version', '3', '--json');
    expect(JSON.parse(stdout)).toEqual({
      name: 'orders',
      version: 1,
      state: 'running',
      findings: [],
      restarted: ['in'],
    });
    expect(status).toBe(0);
    expect(server.deployments).toEqual([{ name: 'orders', body: { version: 3 } }]);
  });

  test('tells what stands in the way', async () => {
    server.refuseNext({
      status: 422,
      code: 'not-deployable',
      title: 'Cannot be deployed',
      detail: 'The secret "a" is missing. (and 1 more)',
      errors: [
        { path: '/nodes/0', message: 'The secret "a" is missing.' },
        { path: '/nodes/1', message: 'The secret "b" is missing.' },
      ],
    });
    expect(await sluice('deploy', 'orders')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'sluice: Cannot be deployed:\nThe secret "a" is missing.\nThe secret "b" is missing.\n',
    });
  });

  test('says how to go on when wires still hold messages', async () => {
    server.refuseNext({ status: 409, code: 'wires-hold-messages', title: 'Wires hold messages', detail: 'w1 (3).' });
    const { status, stderr } = await sluice('deploy', 'orders');
    expect(stderr).toBe(
      'sluice: Wires hold messages: w1 (3).\nLet the version before work them off with --removed-wires drain, or give them up with --removed-wires dead-letter.\n',
    );
    expect(status).toBe(1);
    await sluice('import', 'orders.yaml');
    expect((await sluice('deploy', 'orders', '--removed-wires', 'dead-letter')).status).toBe(0);
    expect((await sluice('deploy', 'orders', '--removed-wires', 'w1=move:w2')).status).toBe(0);
    expect(server.deployments).toEqual([
      { name: 'orders', body: { removedWires: 'dead-letter' } },
      { name: 'orders', body: { removedWires: { w1: { do: 'move', to: 'w2' } } } },
    ]);
  });
});

describe('sluice status', () => {
  test('lists the pipelines', async () => {
    expect((await sluice('status')).stdout).toBe(
      `${server.url} has no pipelines. Make one there, or \`sluice import FILE\`.\n`,
    );
    await sluice('import', 'orders.yaml');
    expect((await sluice('status')).stdout).toBe(
      [
        'PIPELINE  STATE    VERSION     IN    OUT  WAITING  OLDEST  DEAD  VERDICT',
        'orders    running       3*  120/s  0.4/s   12,400   4.2 s     2  Limited by ship: 8 of 8 workers busy',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await sluice('status', '--json')).stdout)).toMatchObject([
      { name: 'orders', totals: { depth: 12_400 } },
    ]);
  });

  test('shows one in full', async () => {
    await sluice('import', 'orders.yaml');
    expect((await sluice('status', 'orders')).stdout).toBe(
      [
        'orders version 3 is running: Limited by ship: 8 of 8 workers busy',
        'in 120/s, out 0.4/s, 12,400 waiting, 2 dead letters',
        '',
        'NODE  STATE          IN   OUT  BUSY    P95  RETRIES  DEAD  BREAKER  LAST ERROR',
        'in    held by w1  5.0/s  12/s   8/8  20 ms        3     2  closed   The target answered 503',
        'ship  held by w1  5.0/s  12/s   8/8  20 ms        3     2  closed   The target answered 503',
        '',
        'WIRE     DELIVERY  STATE         WAITING  IN HAND  DELAYED  OLDEST   IN    OUT',
        'in-ship  pull      open   12,400/100,000        8        1  320 ms  0/s  9.5/s',
        '',
        'REMOVED WIRE  VERSION  FATE        WAITING  IN HAND  DELAYED  OLDEST  PROBLEM',
        'old                 2  move to w1        7        1        0   9.0 s',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await sluice('status', 'orders', '--json')).stdout)).toMatchObject({
      name: 'orders',
      version: 3,
    });
  });
});

describe('a server that cannot be talked to', () => {
  test('does not answer', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    expect(await runSluice(['status', '--server', nowhere])).toEqual({
      status: 1,
      stdout: '',
      stderr: `sluice: No server answers at ${nowhere}. Start one with \`npm start\`, or name another with --server URL.\n`,
    });
  });

  test.each([
    ['<html>', 200, 'something that is not JSON'],
    ['{"pipelines": 3}', 200, 'something else than expected to GET /pipelines'],
    ['{"message": "no"}', 500, '500 without saying why'],
  ])('answers %s', async (body, status, what) => {
    server.answerAll(body, status);
    expect(await sluice('status')).toEqual({
      status: 1,
      stdout: '',
      stderr: `sluice: ${server.url} answered ${what}. Is it a Sluice server, and of this version?\n`,
    });
  });
});
