import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Engine, IngressAnswer, IngressLookup, IngressRequest, Problem } from '@sluice/engine';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIngress, type Ingress, type IngressLimits } from './create-ingress.ts';

const ACCEPTED: IngressAnswer = { ok: true, httpStatus: 202, status: 'accepted', id: 'm1', correlationId: 'c1' };
const LIMIT = 1_000;

let server: Server;
let origin: string;
let ingress: Ingress;
let received: IngressRequest[];
let answer: () => Promise<IngressAnswer>;
let errors: unknown[];

/** Routes as the engine would: pipeline `orders` has a webhook `placed` for POST. */
const route: Engine['route'] = ({ pipelineName, path, method }): IngressLookup => {
  if (pipelineName !== 'orders')
    return {
      ok: false,
      problem: { status: 404, code: 'pipeline-unknown', title: 'No such pipeline', detail: pipelineName },
    };
  if (path !== 'placed' && path !== 'größe/a b')
    return { ok: false, problem: { status: 404, code: 'path-unknown', title: 'No such path', detail: path } };
  if (method !== 'POST')
    return {
      ok: false,
      problem: { status: 405, code: 'method-not-allowed', title: 'No', detail: 'No' },
      allow: ['POST', 'PUT'],
    };
  return {
    ok: true,
    route: {
      bodyLimitBytes: LIMIT,
      receive: (incoming) => {
        received.push(incoming);
        return answer();
      },
    },
  };
};

async function serve(limits: Partial<IngressLimits> = {}, hold?: () => Problem | undefined): Promise<void> {
  let made = 0;
  ingress = createIngress({
    engine: { route },
    ids: { next: () => `r${(made += 1)}` },
    onError: (error) => errors.push(error),
    limits,
    ...(hold === undefined ? {} : { hold }),
  });
  server = createServer((request, response) => ingress.handle(request, response));
  server.on('checkContinue', (request, response) => ingress.handle(request, response, { awaitsContinue: true }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
}

beforeEach(() => {
  received = [];
  errors = [];
  answer = () => Promise.resolve(ACCEPTED);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function post(
  body: string | Uint8Array | ReadableStream,
  headers: Record<string, string> = {},
  path = '/hooks/orders/placed',
): Promise<Response> {
  return fetch(`${origin}${path}`, {
    method: 'POST',
    body,
    headers,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
}

async function problemOf(
  response: Response,
): Promise<{ readonly status: number; readonly code: string; readonly requestId: string }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return (await response.json()) as { status: number; code: string; requestId: string };
}

function open(): Socket {
  return connect(Number(new URL(origin).port), '127.0.0.1');
}

async function firstLine(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\r\n')) break;
  }
  return text.split('\r\n')[0] ?? '';
}

test('what was accepted is answered with its id, on a connection that stays', async () => {
  await serve();
  const response = await post('{"a":1}', { 'content-type': 'application/json' });
  expect([response.status, response.headers.get('connection'), response.headers.get('x-request-id')]).toEqual([
    202,
    'keep-alive',
    'r1',
  ]);
  expect(await response.json()).toEqual({ status: 'accepted', id: 'm1', correlationId: 'c1' });
});

test('the engine gets the bytes, the decoded address and the headers as they came', async () => {
  await serve();
  await post(
    new Uint8Array([0, 255, 128]),
    { 'X-Tag': 'a' },
    '/hooks/orders/gr%C3%B6%C3%9Fe/a%20b?q=1&q=2&__proto__=x',
  );
  expect(received).toHaveLength(1);
  const [incoming] = received;
  expect(incoming).toMatchObject({ method: 'POST', path: 'größe/a b', headers: { 'x-tag': 'a' } });
  expect(Object.entries(incoming?.query ?? {})).toEqual([
    ['q', '1'],
    ['__proto__', 'x'],
  ]);
  expect([...(incoming?.body ?? [])]).toEqual([0, 255, 128]);
});

test('a header that came twice is seen twice', async () => {
  await serve();
  const sent = httpRequest(`${origin}/hooks/orders/placed`, {
    method: 'POST',
    headers: ['webhook-signature', 'v1,a', 'webhook-signature', 'v1,b', 'content-length', '0', 'host', 'x'],
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  expect(received[0]?.headers['webhook-signature']).toEqual(['v1,a', 'v1,b']);
});

test.each([
  ['another pipeline', '/hooks/nothing/placed', 404, 'pipeline-unknown'],
  ['another path', '/hooks/orders/elsewhere', 404, 'path-unknown'],
  ['no path', '/hooks/orders', 404, 'path-unknown'],
  ['a path decoded twice', '/hooks/orders/gr%25C3%25B6%25C3%259Fe/a%2520b', 404, 'path-unknown'],
  ['bytes that are no text', '/hooks/orders/%FF', 400, 'address-invalid'],
])('%s is a problem', async (_what, path, status, code) => {
  await serve();
  const problem = await problemOf(await post('{}', {}, path));
  expect([problem.status, problem.code, problem.requestId]).toEqual([status, code, 'r1']);
  expect(received).toEqual([]);
});

test('another method is refused with those that are possible', async () => {
  await serve();
  const response = await fetch(`${origin}/hooks/orders/placed`, { method: 'DELETE' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, PUT']);
  await response.body?.cancel();
});

test('a refusal of the node goes out as it is, with its Retry-After', async () => {
  await serve();
  answer = () =>
    Promise.resolve({
      ok: false,
      problem: { status: 429, code: 'wire-full', title: 'Full', detail: 'Full', retryAfterSeconds: 7 },
    });
  const response = await post('{}');
  expect(response.headers.get('retry-after')).toBe('7');
  expect((await problemOf(response)).code).toBe('wire-full');
});

test('a body up to the limit is taken, announced or not', async () => {
  await serve();
  expect((await post('x'.repeat(LIMIT))).status).toBe(202);
  expect((await post(new Blob(['x'.repeat(LIMIT)]).stream())).status).toBe(202);
  expect(received.map((incoming) => incoming.body.length)).toEqual([LIMIT, LIMIT]);
});

test('a longer body is refused, announced or not', async () => {
  await serve();
  expect((await problemOf(await post('x'.repeat(LIMIT + 1)))).code).toBe('body-too-large');
  expect((await problemOf(await post(new Blob(['x'.repeat(200_000)]).stream()))).code).toBe('body-too-large');
  expect((await problemOf(await post('x'.repeat(3_000_000)))).code).toBe('body-too-large');
  expect(received).toEqual([]);
});

test('whoever asks first is told at once that the body is too long, or to go on', async () => {
  await serve();
  const head = (length: number) =>
    `POST /hooks/orders/placed HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
  const [refused, welcome] = [open(), open()];
  refused.write(head(LIMIT + 1));
  expect(await firstLine(refused)).toBe('HTTP/1.1 413 Payload Too Large');
  welcome.write(head(2));
  expect(await firstLine(welcome)).toBe('HTTP/1.1 100 Continue');
});

test('a compressed body is refused, because what was signed are the bytes as sent', async () => {
  await serve();
  const response = await post(gzipSync('{}'), { 'content-encoding': 'gzip' });
  expect(response.headers.get('accept-encoding')).toBe('identity');
  expect((await problemOf(response)).code).toBe('encoding-unsupported');
});

test('a body that does not come is given up', async () => {
  await serve({ bodyMs: 50 });
  const socket = open();
  socket.write('POST /hooks/orders/placed HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
  expect(await firstLine(socket)).toBe('HTTP/1.1 408 Request Timeout');
  expect(received).toEqual([]);
});

test('a sender that goes away in the middle leaves nothing behind', async () => {
  await serve({ requests: 1, bodyBytes: 10 });
  const socket = open();
  socket.write('POST /hooks/orders/placed HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
  await once(server, 'request');
  const gone = once(socket, 'close');
  socket.destroy();
  await gone;
  // Both the place and the bytes are free again: a request that needs all of them gets them.
  await expect.poll(async () => (await post('1234567890')).status).toBe(202);
  expect(errors).toEqual([]);
});

test('more requests at once than there are places are refused', async () => {
  await serve({ requests: 1 });
  const held = Promise.withResolvers<IngressAnswer>();
  answer = () => held.promise;
  const first = post('{}');
  await expect.poll(() => received.length).toBe(1);
  const second = await post('{}');
  expect(second.headers.get('retry-after')).toBe('1');
  expect((await problemOf(second)).code).toBe('too-many-requests-at-once');
  held.resolve(ACCEPTED);
  expect((await first).status).toBe(202);
});

test('bodies together have a bound, too', async () => {
  await serve({ bodyBytes: 100 });
  const held = Promise.withResolvers<IngressAnswer>();
  answer = () => held.promise;
  const first = post('x'.repeat(60));
  await expect.poll(() => received.length).toBe(1);
  expect((await post('x'.repeat(60))).status).toBe(503);
  held.resolve(ACCEPTED);
  expect((await first).status).toBe(202);
  expect((await post('x'.repeat(60))).status).toBe(202);
});

test('what the host holds back is refused with its reason, and taken again when it no longer does', async () => {
  let held: Problem | undefined = {
    status: 507,
    code: 'disk-full',
    title: 'Full',
    detail: 'Full',
    retryAfterSeconds: 30,
  };
  await serve({}, () => held);
  const refused = await post('{}');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([507, '30']);
  expect((await problemOf(refused)).code).toBe('disk-full');
  expect(received).toEqual([]);
  held = undefined;
  expect((await post('{}')).status).toBe(202);
});

test('a failure of ours is told to us, and to the sender only that it was one', async () => {
  await serve();
  answer = () => Promise.reject(new Error('disk on fire'));
  const response = await post('{}');
  const body = await response.text();
  expect(response.status).toBe(500);
  expect(body).not.toContain('disk on fire');
  expect(errors).toEqual([new Error('disk on fire')]);
});

test('a server that stops takes nothing more', async () => {
  await serve();
  ingress.refuseAll();
  const response = await post('{}');
  expect([response.status, response.headers.get('connection'), response.headers.get('retry-after')]).toEqual([
    503,
    'close',
    '5',
  ]);
  expect((await problemOf(response)).code).toBe('stopping');
});
