import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Connectors, IngressRequest, Received } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { createNodeBench, NOON } from '../testing/node-bench.ts';
import { webhookBehaviour } from './behaviour.ts';
import { computeHmac } from './verify/compute-hmac.ts';

const DAY = 86_400_000;

async function receive(
  config: Readonly<Record<string, unknown>>,
  request: Omit<Partial<IngressRequest>, 'body'> & { readonly body?: string | Uint8Array },
): Promise<Received> {
  const bench = createNodeBench(webhookBehaviour);
  const node = await bench.prepare('push-source', { path: 'in', ...config });
  const { body = '', ...rest } = request;
  return node.receive(
    {
      method: 'POST',
      path: 'in',
      query: {},
      headers: {},
      ...rest,
      body: typeof body === 'string' ? utf8ToBytes(body) : body,
    },
    { now: () => NOON },
  );
}

const json = { 'content-type': 'application/json' };

test('a webhook names its address, its methods and how much it takes', async () => {
  const bench = createNodeBench(webhookBehaviour);
  expect(await bench.prepare('push-source', { path: 'payments/settled' })).toMatchObject({
    path: 'payments/settled',
    methods: ['POST'],
    bodyLimitBytes: 1_048_576,
  });
  expect(await bench.prepare('push-source', { path: 'in', methods: ['PUT'], bodyLimit: 100 })).toMatchObject({
    methods: ['PUT'],
    bodyLimitBytes: 100,
  });
});

test.each(['', '/in', 'in/', 'a//b', '../in', 'a/../b', '.hidden', 'a b', 'ü'])(
  'the path %j is refused',
  async (path) => {
    await expect(receive({ path }, {})).rejects.toMatchObject({ code: 'config-invalid' });
  },
);

describe('the payload', () => {
  test.each<[string, string, string, unknown]>([
    ['JSON', 'application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['JSON of a named kind', 'application/cloudevents+json; charset=UTF-8', '{"a":1}', { a: 1 }],
    ['JSON without a type', '', '[1]', [1]],
    ['a text', 'text/plain', 'hello', 'hello'],
    ['a text that looks like JSON', 'text/plain', '{"a":1}', '{"a":1}'],
    ['XML as a text', 'text/xml', '<a/>', '<a/>'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y&b=%C3%BC', { a: '1', b: ['x y', 'ü'] }],
    ['JSON that says it is a form', 'application/x-www-form-urlencoded', '{"a":1}', { a: 1 }],
    ['a form that begins like JSON', 'application/x-www-form-urlencoded', '{a=1', { '{a': '1' }],
  ])('%s', async (_name, contentType, body, payload) => {
    const received = await receive({}, { headers: contentType === '' ? {} : { 'content-type': contentType }, body });
    expect(received).toMatchObject({ kind: 'accept', outputs: [{ payload }] });
  });

  test('in another character set is read by it', async () => {
    const received = await receive(
      {},
      { headers: { 'content-type': 'text/plain; charset=iso-8859-1' }, body: new Uint8Array([0xfc]) },
    );
    expect(received).toMatchObject({ kind: 'accept', outputs: [{ payload: 'ü' }] });
  });

  test('that is no text is base64, and says so', async () => {
    const bytes = new Uint8Array(60_000).map((_, index) => index % 256);
    const received = await receive({}, { headers: { 'content-type': 'image/png' }, body: bytes });
    if (received.kind !== 'accept') throw new Error('refused');
    const output = received.outputs[0]!;
    expect(output.headers).toEqual({ 'content-type': 'image/png', 'payload-encoding': 'base64' });
    expect(Uint8Array.from(atob(output.payload as string), (character) => character.charCodeAt(0))).toEqual(bytes);
  });

  test('of an empty body is null, or the query', async () => {
    expect(await receive({}, {})).toMatchObject({ outputs: [{ payload: null }] });
    expect(await receive({}, { query: { id: '7' } })).toMatchObject({ outputs: [{ payload: { id: '7' } }] });
    expect(await receive({}, { query: { id: '7' }, headers: json, body: '{}' })).toMatchObject({
      outputs: [{ payload: {} }],
    });
  });

  test.each<[string, number, string, Record<string, string>, string | Uint8Array]>([
    ['broken JSON, naming the place', 400, 'json-invalid', json, '{"a":1,}'],
    ['JSON cut short', 400, 'json-invalid', json, '{"a":'],
    ['JSON that is too deep', 400, 'body-refused', json, '['.repeat(70) + ']'.repeat(70)],
    [
      'JSON with too many fields',
      400,
      'body-refused',
      json,
      `{${Array.from({ length: 10_001 }, (_, index) => `"${index}":1`).join(',')}}`,
    ],
    ['a field __proto__', 400, 'body-refused', json, '{"__proto__":{"admin":true}}'],
    ['a field constructor', 400, 'body-refused', json, '{"a":{"constructor":1}}'],
    ['a field prototype', 400, 'body-refused', json, '[{"prototype":1}]'],
    [
      'a form field __proto__',
      400,
      'body-refused',
      { 'content-type': 'application/x-www-form-urlencoded' },
      '__proto__=1',
    ],
    ['bytes that are no UTF-8', 400, 'charset-mismatch', json, new Uint8Array([0x22, 0xc3, 0x28, 0x22])],
    ['an unknown character set', 415, 'charset-unsupported', { 'content-type': 'text/plain; charset=klingon' }, 'x'],
    ['a compressed body', 415, 'content-encoding-unsupported', { ...json, 'content-encoding': 'gzip' }, 'x'],
  ])('%s is refused', async (_name, status, code, headers, body) => {
    expect(await receive({}, { headers, body })).toMatchObject({ kind: 'refuse', problem: { status, code } });
  });

  test('that is broken is told where', async () => {
    expect(await receive({}, { headers: json, body: '{"a":1,}' })).toMatchObject({
      problem: { detail: 'The body is not JSON: expected a field name in quotes, found "}" at position 7.' },
    });
  });
});

describe('the headers that stay', () => {
  test('say something about the message, and never who sent it', async () => {
    const received = await receive(
      {},
      {
        headers: {
          ...json,
          authorization: 'Bearer x',
          cookie: 'a=b',
          'x-api-key': 'k',
          'webhook-signature': 's',
          'x-hub-signature-256': 's',
          'stripe-signature': 's',
          'x-forwarded-for': '1.2.3.4',
          'user-agent': 'curl',
          'x-github-event': 'push',
          'ce-type': 'order.placed',
          'x-request-id': ['a', 'b'],
        },
        body: '{}',
      },
    );
    expect(received).toMatchObject({
      outputs: [{ headers: { ...json, 'user-agent': 'curl', 'x-github-event': 'push', 'ce-type': 'order.placed' } }],
    });
    if (received.kind === 'accept') expect(Object.keys(received.outputs[0]!.headers ?? {})).toHaveLength(4);
  });

  test('name the method where there are several', async () => {
    const received = await receive({ methods: ['POST', 'DELETE'] }, { method: 'DELETE', body: '{}', headers: json });
    expect(received).toMatchObject({ outputs: [{ headers: { 'request-method': 'DELETE' } }] });
  });
});

describe('the trace', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test('of a caller nobody knows is kept as a link only', async () => {
    const received = await receive({}, { headers: { ...json, traceparent }, body: '{}' });
    expect(received).not.toHaveProperty('traceparent');
    expect(received).toMatchObject({ outputs: [{ headers: { 'caller-traceparent': traceparent } }] });
  });

  test.each([[[traceparent, traceparent]], ['00-00000000000000000000000000000000-00f067aa0ba902b7-01'], ['x']])(
    '%j is ignored',
    async (header) => {
      const received = await receive({}, { headers: { ...json, traceparent: header }, body: '{}' });
      expect(received).toMatchObject({ outputs: [{ headers: json }] });
      if (received.kind === 'accept') expect(received.outputs[0]!.headers).not.toHaveProperty('caller-traceparent');
    },
  );
});

describe('the idempotency key', () => {
  test('comes from its expression', async () => {
    expect(await receive({ idempotencyKey: 'order.id' }, { headers: json, body: '{"order":{"id":7}}' })).toMatchObject({
      idempotency: { key: '7', windowMs: DAY },
    });
    expect(
      await receive(
        { idempotencyKey: '$headers.`x-request-id`' },
        { headers: { ...json, 'x-request-id': 'r1' }, body: '{}' },
      ),
    ).toMatchObject({ idempotency: { key: 'r1' } });
  });

  test.each<[string, number, string]>([
    ['{}', 400, 'idempotency-key-missing'],
    ['{"id":""}', 400, 'idempotency-key-missing'],
    ['{"id":{}}', 422, 'key-not-text'],
    ['{"id":["a","b"]}', 422, 'key-not-text'],
  ])('that the expression does not find in %s is a refusal', async (body, status, code) => {
    expect(await receive({ idempotencyKey: 'id' }, { headers: json, body })).toMatchObject({
      kind: 'refuse',
      problem: { status, code },
    });
  });

  test.each<[string, string | undefined]>([
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"with \\"quotes\\" and \\\\"', 'with "quotes" and \\'],
    ['"key"; v=1', 'key'],
    ['"open', undefined],
    ['""', undefined],
    ['two words', undefined],
    ['a,b', undefined],
    ['"ü"', undefined],
    ['x'.repeat(501), undefined],
  ])('by header: %s', async (header, key) => {
    const received = await receive({}, { headers: { ...json, 'idempotency-key': header }, body: '{}' });
    if (key === undefined)
      expect(received).toMatchObject({ kind: 'refuse', problem: { status: 400, code: 'idempotency-key-missing' } });
    else expect(received).toMatchObject({ kind: 'accept', idempotency: { key } });
  });

  test('by header: absent is no key, unless the header was asked for', async () => {
    expect(await receive({}, { headers: json, body: '{}' })).not.toHaveProperty('idempotency');
    expect(await receive({ idempotencyHeader: 'X-Request-Id' }, { headers: json, body: '{}' })).toMatchObject({
      kind: 'refuse',
      problem: { status: 400 },
    });
    expect(
      await receive({ idempotencyHeader: 'X-Request-Id' }, { headers: { ...json, 'x-request-id': 'r1' }, body: '{}' }),
    ).toMatchObject({ idempotency: { key: 'r1' } });
  });

  test('there twice is a refusal', async () => {
    expect(await receive({}, { headers: { ...json, 'idempotency-key': ['a', 'a'] }, body: '{}' })).toMatchObject({
      kind: 'refuse',
    });
  });

  test('is remembered as long as was asked', async () => {
    expect(
      await receive({ idempotencyKey: 'id', idempotencyWindow: '2h' }, { headers: json, body: '{"id":1}' }),
    ).toMatchObject({ idempotency: { windowMs: 7_200_000 } });
  });
});

describe('a signed webhook', () => {
  const sign = async (secret: string, text: string, hash: 'SHA-256') => {
    const key = await crypto.subtle.importKey('raw', utf8ToBytes(secret), { name: 'HMAC', hash }, false, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8ToBytes(text)));
    return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  const github = async (
    body: string,
    more: Partial<IngressRequest> & { readonly query?: Record<string, string> } = {},
    extra: Record<string, string> = {},
  ) => {
    const bench = createNodeBench(webhookBehaviour, { secrets: { key: 'k' } });
    const node = await bench.prepare('push-source', {
      path: 'in',
      verify: { scheme: 'github', secret: { $secret: 'key' } },
    });
    const headers = { ...json, 'x-hub-signature-256': `sha256=${await sign('k', body, 'SHA-256')}`, ...extra };
    return node.receive(
      { method: 'POST', path: 'in', query: {}, ...more, headers, body: utf8ToBytes(body) },
      { now: () => NOON },
    );
  };

  test.each([
    ['sha256', computeHmac, 'accept'],
    ['sha512', () => new Uint8Array(64), 'refuse'],
  ] as const)('is checked by the digests of the host where it has any, with %s', async (algorithm, hmac, kind) => {
    const asked: string[] = [];
    const digests: Connectors['digests'] = {
      sha256: () => '',
      hmac(name, key, data) {
        asked.push(name);
        return hmac(name, key, data);
      },
    };
    const bench = createNodeBench(webhookBehaviour, { secrets: { key: 'k' }, digests });
    const verify = { scheme: 'hmac', algorithm, header: 'x-signature', encoding: 'hex', secret: { $secret: 'key' } };
    const node = await bench.prepare('push-source', { path: 'in', verify });
    const signature = bytesToHex(computeHmac(algorithm, utf8ToBytes('k'), utf8ToBytes('{}')));
    const headers = { ...json, 'x-signature': signature };
    const request = { method: 'POST', path: 'in', query: {}, headers, body: utf8ToBytes('{}') };
    expect(await node.receive(request, { now: () => NOON })).toMatchObject({ kind });
    expect(asked).toEqual([algorithm]);
  });

  test('goes on in the trace of its caller', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(await github('{}', {}, { traceparent })).toMatchObject({ kind: 'accept', traceparent });
  });

  test('takes the delivery id as its key, for four days', async () => {
    expect(await github('{}', {}, { 'x-github-delivery': 'd1' })).toMatchObject({
      idempotency: { key: 'd1', windowMs: 4 * DAY },
    });
  });

  test('never takes the query for a payload: nobody signed it', async () => {
    expect(await github('', { query: { id: '7' } })).toMatchObject({ kind: 'accept', outputs: [{ payload: null }] });
  });

  test('from Stripe takes the id of the event', async () => {
    const bench = createNodeBench(webhookBehaviour, { secrets: { key: 'k' } });
    const node = await bench.prepare('push-source', {
      path: 'in',
      verify: { scheme: 'stripe', secret: { $secret: 'key' } },
    });
    const body = '{"id":"evt_1"}';
    const seconds = NOON / 1_000;
    const headers = { 'stripe-signature': `t=${seconds},v1=${await sign('k', `${seconds}.${body}`, 'SHA-256')}` };
    const received = await node.receive(
      { method: 'POST', path: 'in', query: {}, headers, body: utf8ToBytes(body) },
      { now: () => NOON },
    );
    expect(received).toMatchObject({ kind: 'accept', idempotency: { key: 'evt_1', windowMs: 4 * DAY } });
  });

  test('is told nothing about its body when the signature is wrong', async () => {
    const bench = createNodeBench(webhookBehaviour, { secrets: { key: 'k' } });
    const node = await bench.prepare('push-source', {
      path: 'in',
      verify: { scheme: 'github', secret: { $secret: 'key' } },
    });
    const request = {
      method: 'POST',
      path: 'in',
      query: {},
      headers: { ...json, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
      body: utf8ToBytes('{broken'),
    };
    expect(await node.receive(request, { now: () => NOON })).toMatchObject({
      kind: 'refuse',
      problem: { status: 401, code: 'signature-invalid' },
    });
  });
});

test('the message key comes from its expression', async () => {
  expect(await receive({ key: 'customer' }, { headers: json, body: '{"customer":"c1"}' })).toMatchObject({
    outputs: [{ key: 'c1' }],
  });
  expect(await receive({ key: '1 + customer' }, { headers: json, body: '{"customer":"c1"}' })).toMatchObject({
    kind: 'refuse',
    problem: { status: 422, code: 'expression-failed' },
  });
});
