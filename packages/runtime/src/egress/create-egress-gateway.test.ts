import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { CancelSignal, HttpCall } from '@sluice/engine';
import { afterEach, describe, expect, test } from 'vitest';
import { createEgressGateway, type EgressGateway } from './create-egress-gateway.ts';

type GatewayOptions = Parameters<typeof createEgressGateway>[0];

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function aGateway(options: Partial<GatewayOptions> = {}): EgressGateway {
  const gateway = createEgressGateway({ policy: { private: 'allowed', allow: [] }, ...options });
  opened.push(gateway);
  return gateway;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server on loopback; answers its address and the requests it saw. */
async function aServer(answer: RequestListener): Promise<{
  readonly url: string;
  readonly port: number;
  readonly seen: readonly IncomingMessage[];
  readonly connections: () => number;
}> {
  const seen: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  server.on('connection', () => (connections += 1));
  const port = await listen(server);
  opened.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return { url: `http://127.0.0.1:${port}/`, port, seen, connections: () => connections };
}

/** A server below HTTP. */
async function aTcpServer(onConnection: Parameters<typeof createTcpServer>[1]): Promise<string> {
  const sockets: Socket[] = [];
  const server = createTcpServer(onConnection);
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listen(server);
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://127.0.0.1:${port}/`;
}

const NEVER: CancelSignal = { cancelled: false, onCancel: () => () => {} };

function aCall(url: string, overrides: Partial<HttpCall> = {}): HttpCall {
  return { method: 'GET', url, headers: {}, timeoutMs: 5_000, signal: NEVER, ...overrides };
}

const ok = (_request: IncomingMessage, response: ServerResponse) => response.end('ok');

describe('a call', () => {
  test('carries method, path, headers and body, and brings the answer back', async () => {
    let body = '';
    const server = await aServer((request, response) => {
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        response.writeHead(201, { 'Content-Type': 'application/json', 'X-Twice': ['a', 'b'] });
        response.end('{"done":true}');
      });
    });
    const answer = await aGateway().call(
      aCall(`${server.url}ship?dry=1`, { method: 'post', headers: { 'X-Tenant': 'acme' }, body: '{"id":1}' }),
    );
    expect(answer).toMatchObject({ status: 201, body: '{"done":true}', truncated: false });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'x-twice': 'a, b' });
    expect(body).toBe('{"id":1}');
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/ship?dry=1' });
    expect(server.seen[0]?.headers).toMatchObject({
      'x-tenant': 'acme',
      'content-length': '8',
      host: `127.0.0.1:${server.port}`,
      'user-agent': 'sluice',
    });
  });

  test('uses a connection again', async () => {
    const server = await aServer(ok);
    const gateway = aGateway();
    for (let time = 0; time < 20; time += 1) await gateway.call(aCall(server.url));
    // The next call may come before the connection of the last one is free.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test('opens no more connections than allowed, and all calls come through', async () => {
    const server = await aServer(ok);
    const gateway = aGateway({ limits: { connectionsPerTarget: 3 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.call(aCall(server.url))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  test('does not go through a proxy of the environment', async () => {
    const server = await aServer(ok);
    const { http_proxy: before } = process.env;
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect(await aGateway().call(aCall(server.url))).toMatchObject({ status: 200 });
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });

  test.each([300, 301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    const aim = await aServer(ok);
    const server = await aServer((_request, response) => response.writeHead(status, { location: aim.url }).end());
    expect(await aGateway().call(aCall(server.url))).toMatchObject({ status, headers: { location: aim.url } });
    expect(aim.seen).toHaveLength(0);
  });

  test.each(['Host', 'Connection', 'Transfer-Encoding', 'Content-Length', 'Proxy-Authorization'])(
    'cannot set %s',
    async (name) => {
      const server = await aServer(ok);
      await expect(aGateway().call(aCall(server.url, { headers: { [name]: 'x' } }))).rejects.toMatchObject({
        code: 'call-invalid',
        retryable: false,
      });
      expect(server.seen).toHaveLength(0);
    },
  );

  test('cannot smuggle a header into another', async () => {
    const server = await aServer(ok);
    const smuggled = aCall(server.url, { headers: { 'x-a': 'b\r\nx-injected: 1' } });
    await expect(aGateway().call(smuggled)).rejects.toMatchObject({ code: 'call-invalid', retryable: false });
    expect(server.seen).toHaveLength(0);
  });

  test.each(['CONNECT', 'TRACE', 'GET / HTTP/1.1\r\n'])('has no method %j', async (method) => {
    await expect(aGateway().call(aCall('http://127.0.0.1:9/', { method }))).rejects.toMatchObject({
      code: 'call-invalid',
    });
  });

  test('after the end is refused', async () => {
    const gateway = aGateway();
    await gateway.close();
    await expect(gateway.call(aCall('http://127.0.0.1:9/'))).rejects.toMatchObject({
      code: 'cancelled',
      retryable: true,
    });
  });
});

describe('the own listener', () => {
  const REFUSED = {
    code: 'egress-blocked',
    retryable: false,
    message: expect.stringContaining("it is Sluice's own address, where pipelines may call only what is below /hooks/"),
  };

  test.each(['api/v1/pipelines/p1/pause', 'hooks', 'hooks/../api/v1', 'hooks/%2e%2e/api/v1', ''])(
    'is not called at /%s',
    async (path) => {
      const server = await aServer(ok);
      const gateway = aGateway({ own: { port: server.port } });
      await expect(gateway.call(aCall(`${server.url}${path}`, { method: 'POST' }))).rejects.toMatchObject(REFUSED);
      expect(server.seen).toHaveLength(0);
    },
  );

  test('is not called by another name or address of this machine', async () => {
    const server = await aServer(ok);
    const lookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const gateway = aGateway({ own: { port: server.port }, lookup });
    for (const host of ['localhost', 'innocent.example.com', '[::ffff:127.0.0.1]', '2130706433'])
      await expect(gateway.call(aCall(`http://${host}:${server.port}/api/v1`)), host).rejects.toMatchObject(REFUSED);
    expect(server.seen).toHaveLength(0);
  });

  test('takes calls to webhooks, whose connections carry nothing else', async () => {
    const server = await aServer(ok);
    const gateway = aGateway({ own: { port: server.port } });
    expect(await gateway.call(aCall(`${server.url}hooks/orders/in`))).toMatchObject({ status: 200 });
    await expect(gateway.call(aCall(`${server.url}api/v1/pipelines`))).rejects.toMatchObject(REFUSED);
    expect(server.seen.map(({ url }) => url)).toEqual(['/hooks/orders/in']);
  });

  test('is told from other servers by its port', async () => {
    const [own, other] = [await aServer(ok), await aServer(ok)];
    const gateway = aGateway({ own: { port: own.port } });
    expect(await gateway.call(aCall(`${other.url}api/v1`))).toMatchObject({ status: 200 });
  });
});

describe('what may not be called is not', () => {
  const listed = { policy: { private: 'listed', allow: [] } } as const;

  test('by address', async () => {
    const server = await aServer(ok);
    await expect(aGateway(listed).call(aCall(server.url))).rejects.toMatchObject({
      code: 'egress-blocked',
      retryable: false,
      targetFailed: false,
      message: 'The target 127.0.0.1 may not be called: it is not public, and not on the list of allowed targets',
    });
    expect(server.connections()).toBe(0);
  });

  test('by metadata address, locally too', async () => {
    await expect(aGateway().call(aCall('http://169.254.169.254/latest/'))).rejects.toMatchObject({
      code: 'egress-blocked',
    });
  });

  const named = (...answers: (readonly LookupAddress[])[]) => {
    const asked: string[] = [];
    const lookup = (hostname: string) => {
      asked.push(hostname);
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? []);
    };
    return { asked, lookup };
  };
  const loopback = { address: '127.0.0.1', family: 4 };

  test('by a public name that stands for a private address', async () => {
    const server = await aServer(ok);
    const { lookup } = named([loopback]);
    const call = aCall(`http://innocent.example.com:${server.port}/`);
    await expect(aGateway({ ...listed, lookup }).call(call)).rejects.toMatchObject({
      code: 'egress-blocked',
      retryable: false,
    });
    expect(server.connections()).toBe(0);
  });

  test('by a name of which one address is private', async () => {
    const server = await aServer(ok);
    const { lookup } = named([{ address: '93.184.216.34', family: 4 }, loopback]);
    const call = aCall(`http://half.example.com:${server.port}/`);
    await expect(aGateway({ ...listed, lookup }).call(call)).rejects.toMatchObject({ code: 'egress-blocked' });
    expect(server.connections()).toBe(0);
  });

  test('by a name that changes its mind between check and connection', async () => {
    const server = await aServer(ok);
    // The first answer is what a check would see, the second what a connection would get if it asked again.
    const { asked, lookup } = named([{ address: '127.0.0.2', family: 4 }], [loopback]);
    const gateway = aGateway({ policy: { private: 'listed', allow: ['127.0.0.2'] }, lookup });
    const first = await gateway
      .call(aCall(`http://rebind.example.com:${server.port}/`))
      .catch((error: unknown) => error);
    // It went to the address that was judged, where nobody listens; the other was not even asked for.
    expect(first).toMatchObject({ code: 'target-unreachable' });
    expect(asked).toEqual(['rebind.example.com']);
    await expect(gateway.call(aCall(`http://rebind.example.com:${server.port}/`))).rejects.toMatchObject({
      code: 'egress-blocked',
    });
    expect(server.connections()).toBe(0);
  });

  test('by a redirect into the private network', async () => {
    const inside = await aServer(ok);
    const outside = await aServer((_request, response) =>
      response.writeHead(302, { location: `http://localhost:${inside.port}/` }).end(),
    );
    const { lookup } = named([loopback]);
    const gateway = aGateway({ policy: { private: 'listed', allow: ['outside.example.com'] }, lookup });
    expect(await gateway.call(aCall(`http://outside.example.com:${outside.port}/`))).toMatchObject({ status: 302 });
    expect(inside.connections()).toBe(0);
  });

  test('unless the list has it', async () => {
    const server = await aServer(ok);
    const { asked, lookup } = named([loopback]);
    const gateway = aGateway({ policy: { private: 'listed', allow: ['erp.example.com'] }, lookup });
    expect(await gateway.call(aCall(`http://erp.example.com:${server.port}/`))).toMatchObject({
      status: 200,
      body: 'ok',
    });
    expect(asked).toEqual(['erp.example.com']);
    const byAddress = aGateway({ policy: { private: 'listed', allow: ['127.0.0.0/8'] } });
    expect(await byAddress.call(aCall(server.url))).toMatchObject({ status: 200 });
  });

  test('by something that is no address', async () => {
    await expect(aGateway().call(aCall('not an address'))).rejects.toMatchObject({
      code: 'call-invalid',
      retryable: false,
    });
    await expect(aGateway().call(aCall('file:///etc/passwd'))).rejects.toMatchObject({
      code: 'egress-blocked',
      retryable: false,
    });
  });
});

describe('a target in trouble', () => {
  test('that refuses connections is unreachable', async () => {
    const gone = createTcpServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(aGateway().call(aCall(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      code: 'target-unreachable',
      retryable: true,
      targetFailed: true,
      message: 'The target 127.0.0.1 could not be reached (ECONNREFUSED)',
    });
  });

  test('whose name is unknown is unreachable', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('no such name at 10.0.0.53'), { code: 'ENOTFOUND' }));
    await expect(aGateway({ lookup }).call(aCall('http://gone.example.com/'))).rejects.toMatchObject({
      code: 'target-unreachable',
      message: 'The target gone.example.com could not be reached (ENOTFOUND)',
    });
  });

  test('that closes without an answer is unreachable', async () => {
    const url = await aTcpServer((socket) => socket.once('data', () => socket.destroy()));
    await expect(aGateway().call(aCall(url))).rejects.toMatchObject({ code: 'target-unreachable', retryable: true });
  });

  test('that resets the connection is unreachable', async () => {
    const url = await aTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await expect(aGateway().call(aCall(url))).rejects.toMatchObject({
      code: 'target-unreachable',
      retryable: true,
      targetFailed: true,
    });
  });

  test('that speaks no HTTP is unreachable', async () => {
    const url = await aTcpServer((socket) => socket.once('data', () => socket.end('220 smtp.example.com ESMTP\r\n')));
    await expect(aGateway().call(aCall(url))).rejects.toMatchObject({ code: 'target-unreachable', retryable: true });
  });

  test('that never answers takes as long as the call allows', async () => {
    const url = await aTcpServer(() => {});
    await expect(aGateway().call(aCall(url, { timeoutMs: 60 }))).rejects.toMatchObject({
      code: 'target-timeout',
      retryable: true,
      targetFailed: true,
      message: 'The target 127.0.0.1 took longer than 60 ms in all',
    });
  });

  test('that is slow to begin is given up before that', async () => {
    const url = await aTcpServer(() => {});
    await expect(aGateway({ limits: { headersMs: 60 } }).call(aCall(url))).rejects.toMatchObject({
      code: 'target-timeout',
      message: 'The target 127.0.0.1 took longer than 60 ms to begin its answer',
    });
  });

  test('that trickles its body is given up in time', async () => {
    const server = await aServer((_request, response) => {
      response.writeHead(200);
      response.write('a');
    });
    await expect(aGateway().call(aCall(server.url, { timeoutMs: 80 }))).rejects.toMatchObject({
      code: 'target-timeout',
    });
  });

  test('whose connection does not come about is given up', async () => {
    // The lookup never answers, which is all that a connection needs to hang.
    const gateway = aGateway({ lookup: () => new Promise(() => {}), limits: { connectMs: 60 } });
    await expect(gateway.call(aCall('http://slow.example.com/'))).rejects.toMatchObject({
      code: 'target-timeout',
      message: 'The target slow.example.com took longer than 60 ms to be reached',
    });
  });

  test('is let go when nobody waits any more', async () => {
    const stop: { now?: () => void } = {};
    const server = await aServer(() => stop.now?.());
    const signal: CancelSignal = {
      cancelled: false,
      onCancel: (listener) => {
        stop.now = listener;
        return () => {};
      },
    };
    await expect(aGateway().call(aCall(server.url, { signal }))).rejects.toMatchObject({
      code: 'cancelled',
      retryable: true,
      targetFailed: false,
    });
  });

  test('is let go when the gateway ends', async () => {
    const gateway = aGateway();
    const server = await aServer(() => void gateway.close());
    await expect(gateway.call(aCall(server.url))).rejects.toMatchObject({
      code: 'cancelled',
      retryable: true,
      targetFailed: false,
    });
  });
});

describe('a body', () => {
  const serve = (body: Buffer | string, headers: Record<string, string> = {}) =>
    aServer((_request, response) => response.writeHead(200, headers).end(body));

  test('is cut at 64 KiB, or where the call says', async () => {
    const server = await serve('x'.repeat(200_000));
    const gateway = aGateway();
    const cut = await gateway.call(aCall(server.url));
    expect([cut.body.length, cut.truncated]).toEqual([65_536, true]);
    const whole = await gateway.call(aCall(server.url, { maxBodyBytes: 200_000 }));
    expect([whole.body.length, whole.truncated]).toEqual([200_000, false]);
    const small = await gateway.call(aCall(server.url, { maxBodyBytes: 10 }));
    expect([small.body, small.truncated]).toEqual(['xxxxxxxxxx', true]);
  });

  test('without end is cut and left', async () => {
    const closed = Promise.withResolvers<void>();
    const server = await aServer((_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more).on('close', closed.resolve);
      more();
    });
    expect(await aGateway().call(aCall(server.url))).toMatchObject({ truncated: true });
    await closed.promise;
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s is unpacked', async (encoding, compress) => {
    const server = await serve(compress(Buffer.from('{"a":1}')), { 'content-encoding': encoding });
    expect(await aGateway().call(aCall(server.url))).toMatchObject({ body: '{"a":1}', truncated: false });
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  test('that unpacks to a thousand times its size is cut like any other', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_024 * 1_024));
    expect(bomb.length).toBeLessThan(70_000);
    const server = await serve(bomb, { 'content-encoding': 'gzip' });
    const before = process.memoryUsage().rss;
    const answer = await aGateway().call(aCall(server.url));
    expect([answer.body.length, answer.truncated]).toEqual([65_536, true]);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1_024 * 1_024);
  });

  test.each([
    ['that is not what it says', 'gzip', Buffer.from('plain text')],
    ['that ends too early', 'gzip', gzipSync(Buffer.from('x'.repeat(1_000))).subarray(0, 20)],
    ['in an unknown encoding', 'zstd, gzip', Buffer.from('?')],
  ])('%s is an answer that cannot be read', async (_name, encoding, body) => {
    const server = await serve(body, { 'content-encoding': encoding });
    await expect(aGateway().call(aCall(server.url))).rejects.toMatchObject({
      code: 'target-broken-answer',
      retryable: true,
      targetFailed: true,
    });
  });

  test('that is shorter than announced is an answer that cannot be read', async () => {
    const url = await aTcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort')),
    );
    await expect(aGateway().call(aCall(url))).rejects.toMatchObject({ code: 'target-broken-answer', retryable: true });
  });

  test('in another character set is read by it', async () => {
    const server = await serve(Buffer.from([0xfc]), { 'content-type': 'text/plain; charset=iso-8859-1' });
    expect(await aGateway().call(aCall(server.url))).toMatchObject({ body: 'ü' });
    const unknown = await serve('ok', { 'content-type': 'text/plain; charset=klingon' });
    expect(await aGateway().call(aCall(unknown.url))).toMatchObject({ body: 'ok' });
  });

  test('is not cut inside a character', async () => {
    const server = await serve('üüü');
    expect(await aGateway().call(aCall(server.url, { maxBodyBytes: 3 }))).toMatchObject({ body: 'ü', truncated: true });
  });

  test('that is empty is one', async () => {
    const server = await aServer((_request, response) => response.writeHead(204).end());
    expect(await aGateway().call(aCall(server.url))).toMatchObject({ status: 204, body: '', truncated: false });
  });

  test('with a head that is too large is not taken', async () => {
    const server = await serve('', { 'x-large': 'x'.repeat(20_000) });
    await expect(aGateway().call(aCall(server.url))).rejects.toMatchObject({
      code: 'target-unreachable',
      retryable: true,
    });
  });
});
