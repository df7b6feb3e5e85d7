import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { IngressRequest } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { createNodeBench } from '../../testing/node-bench.ts';
import { webhookBehaviour } from '../behaviour.ts';

type Headers = IngressRequest['headers'];

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Answers `accept` or the code of the refusal. */
async function outcomeOf(request: {
  readonly verify: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly body: string | Uint8Array;
  readonly now: number;
}): Promise<string> {
  const bench = createNodeBench(webhookBehaviour, { secrets: request.secrets });
  const node = await bench.prepare('push-source', {
    path: 'in',
    verify: { secret: { $secret: 'key' }, ...request.verify },
  });
  const body = typeof request.body === 'string' ? utf8ToBytes(request.body) : request.body;
  const received = await node.receive(
    { method: 'POST', path: 'in', query: {}, headers: request.headers, body },
    { now: () => request.now },
  );
  if (received.kind === 'accept') return 'accept';
  expect(received.problem.status).toBe(401);
  // Nobody learns which check it was.
  expect(received.problem.detail).toBe('The request was not signed as this address expects, or too long ago.');
  return received.problem.code;
}

describe('Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const key = Uint8Array.from(atob(secret.slice(6)), (character) => character.charCodeAt(0));
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const timestamp = '1614265330';
  const body = '{"test": 2432232314}';
  const published = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const now = 1_614_265_330_000;

  const publicKey = 'whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=';
  const asymmetric = 'v1a,2iFnCkcL0nCB7d0lgaT5vmGnQgJl4zcl9qd7UbPYvulcwR3MRYzjXT2JCSEV4dFH3XNALA4OW0zY5fFdGv9GBA==';

  const sign = (signedId: string, time: string, bytes: Uint8Array) =>
    `v1,${base64(hmac(sha256, key, concatBytes(utf8ToBytes(`${signedId}.${time}.`), bytes)))}`;
  const headers = (overrides: Headers = {}): Headers => ({
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': published,
    ...overrides,
  });
  const verify = { scheme: 'standard-webhooks' };
  const receive = (overrides: Partial<Parameters<typeof outcomeOf>[0]> = {}) =>
    outcomeOf({ verify, secrets: { key: secret }, headers: headers(), body, now, ...overrides });

  test('accepts the published vector', async () => {
    expect(await receive()).toBe('accept');
    expect(await receive({ secrets: { key: secret.slice(6) } })).toBe('accept');
  });

  test('accepts the asymmetric vector', async () => {
    expect(await receive({ secrets: { key: publicKey }, headers: headers({ 'webhook-signature': asymmetric }) })).toBe(
      'accept',
    );
  });

  test('accepts one good signature among several, of any order and version', async () => {
    for (const signatures of [`v1,AAAA ${published}`, `v9,xyz ${published} v1,AAAA`, `${asymmetric} ${published}`]) {
      expect(await receive({ headers: headers({ 'webhook-signature': signatures }) })).toBe('accept');
    }
  });

  test('accepts the previous secret while keys change, and no other', async () => {
    const other = `whsec_${base64(new Uint8Array(32).fill(9))}`;
    const rotating = { ...verify, previousSecret: { $secret: 'old' } };
    expect(await receive({ verify: rotating, secrets: { key: other, old: secret } })).toBe('accept');
    expect(await receive({ verify: rotating, secrets: { key: secret, old: other } })).toBe('accept');
    expect(await receive({ verify, secrets: { key: other, old: secret } })).toBe('signature-invalid');
  });

  test('a shared and a public key can be active side by side', async () => {
    const rotating = { ...verify, previousSecret: { $secret: 'old' } };
    const secrets = { key: publicKey, old: secret };
    expect(await receive({ verify: rotating, secrets })).toBe('accept');
    expect(await receive({ verify: rotating, secrets, headers: headers({ 'webhook-signature': asymmetric }) })).toBe(
      'accept',
    );
  });

  test.each([
    ['at the edge of the past', now + 300_000, 'accept'],
    ['beyond it', now + 300_001, 'signature-invalid'],
    ['at the edge of the future', now - 300_000, 'accept'],
    ['beyond it', now - 300_001, 'signature-invalid'],
  ])('the time %s', async (_name, time, outcome) => {
    expect(await receive({ now: time })).toBe(outcome);
  });

  test('the tolerance can be set', async () => {
    expect(await receive({ now: now + 11_000, verify: { ...verify, tolerance: '10s' } })).toBe('signature-invalid');
    expect(await receive({ now: now + 9_000, verify: { ...verify, tolerance: '10s' } })).toBe('accept');
  });

  const without = (name: string) => Object.fromEntries(Object.entries(headers()).filter(([header]) => header !== name));
  const notAnId = 'msg.1';

  test.each<[string, Headers]>([
    ['no headers at all', {}],
    ['no id', without('webhook-id')],
    ['no timestamp', without('webhook-timestamp')],
    ['no signature', without('webhook-signature')],
    ['an empty id', headers({ 'webhook-id': '' })],
    ['an empty timestamp', headers({ 'webhook-timestamp': '' })],
    ['an empty signature', headers({ 'webhook-signature': '' })],
    ['two ids', headers({ 'webhook-id': [id, id] })],
    ['two timestamps', headers({ 'webhook-timestamp': [timestamp, timestamp] })],
    ['two signature headers', headers({ 'webhook-signature': [published, published] })],
    [
      'a timestamp of words',
      headers({ 'webhook-timestamp': 'now', 'webhook-signature': sign(id, 'now', utf8ToBytes(body)) }),
    ],
    [
      'a timestamp with a fraction',
      headers({
        'webhook-timestamp': '1614265330.5',
        'webhook-signature': sign(id, '1614265330.5', utf8ToBytes(body)),
      }),
    ],
    [
      'a timestamp below zero',
      headers({ 'webhook-timestamp': '-1614265330', 'webhook-signature': sign(id, '-1614265330', utf8ToBytes(body)) }),
    ],
    [
      'a timestamp with an exponent',
      headers({
        'webhook-timestamp': '1614265330e0',
        'webhook-signature': sign(id, '1614265330e0', utf8ToBytes(body)),
      }),
    ],
    [
      'a timestamp in hex',
      headers({ 'webhook-timestamp': '0x6037BCF2', 'webhook-signature': sign(id, '0x6037BCF2', utf8ToBytes(body)) }),
    ],
    ['a timestamp with spaces', headers({ 'webhook-timestamp': ' 1614265330 ' })],
    [
      'an id with a dot',
      headers({ 'webhook-id': notAnId, 'webhook-signature': sign(notAnId, timestamp, utf8ToBytes(body)) }),
    ],
    ['another id', headers({ 'webhook-id': 'msg_other' })],
    ['a cut signature', headers({ 'webhook-signature': published.slice(0, -8) })],
    ['a signature with nothing behind its version', headers({ 'webhook-signature': 'v1,' })],
    ['a signature without its version', headers({ 'webhook-signature': published.slice(3) })],
    ['another version', headers({ 'webhook-signature': published.replace('v1', 'v2') })],
    [
      'a signature in url-safe base64',
      headers({ 'webhook-signature': published.replaceAll('+', '-').replaceAll('/', '_') }),
    ],
    ['a signature in capitals', headers({ 'webhook-signature': published.toUpperCase() })],
    ['a shared signature named asymmetric', headers({ 'webhook-signature': published.replace('v1', 'v1a') })],
    ['a good signature after too many others', headers({ 'webhook-signature': `${'v1,AAAA '.repeat(8)}${published}` })],
    ['an asymmetric one for a shared key', headers({ 'webhook-signature': asymmetric })],
  ])('refuses %s', async (_name, changed) => {
    expect(await receive({ headers: changed })).toBe('signature-invalid');
  });

  test.each([
    ['spaced differently', '{"test":2432232314}'],
    ['with a newline behind', '{"test": 2432232314}\n'],
    ['with another value', '{"test": 2432232315}'],
    ['left out', ''],
  ])('refuses a body %s', async (_name, changed) => {
    expect(await receive({ body: changed })).toBe('signature-invalid');
  });

  test('accepts an empty body that was signed as one', async () => {
    const signature = sign(id, timestamp, new Uint8Array());
    expect(await receive({ body: '', headers: headers({ 'webhook-signature': signature }) })).toBe('accept');
  });

  test('accepts bytes that are no text, and a body of a mebibyte', async () => {
    for (const bytes of [new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]), new Uint8Array(1_048_576).fill(0xe9)]) {
      const signed = headers({
        'webhook-signature': sign(id, timestamp, bytes),
        'content-type': 'application/octet-stream',
      });
      expect(await receive({ body: bytes, headers: signed })).toBe('accept');
    }
  });

  test.each([
    ['another body', { body: '{"test": 1}' }],
    ['a cut signature', { signature: asymmetric.slice(0, -4) }],
    ['a signature of zeros', { signature: `v1a,${base64(new Uint8Array(64))}` }],
    ['a shared signature', { signature: published }],
  ])('with a public key refuses %s', async (_name, changed: { body?: string; signature?: string }) => {
    const outcome = await receive({
      secrets: { key: publicKey },
      headers: headers({ 'webhook-signature': changed.signature ?? asymmetric }),
      body: changed.body ?? body,
    });
    expect(outcome).toBe('signature-invalid');
  });

  test('our vector was made with the key we say', () => {
    const seed = new Uint8Array(32).fill(7);
    expect(`whpk_${base64(ed25519.getPublicKey(seed))}`).toBe(publicKey);
    expect(`v1a,${base64(ed25519.sign(utf8ToBytes(`${id}.${timestamp}.${body}`), seed))}`).toBe(asymmetric);
  });

  test.each([
    ['whsec_', 'is not base64'],
    ['whsec_not base64!', 'is not base64'],
    ['whpk_AAAA', 'holds 3 bytes instead of 32'],
    ['whsk_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=', 'is the key to sign with'],
  ])('the secret %s is refused before any request', async (value, complaint) => {
    await expect(receive({ secrets: { key: value } })).rejects.toMatchObject({
      message: expect.stringContaining(complaint),
      retryable: false,
    });
  });
});

describe('GitHub', () => {
  const secrets = { key: "It's a Secret to Everybody" };
  const body = 'Hello, World!';
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const receive = (header: string | readonly string[] | undefined, sent = body) =>
    outcomeOf({
      verify: { scheme: 'github' },
      secrets,
      headers: { 'content-type': 'text/plain', ...(header === undefined ? {} : { 'x-hub-signature-256': header }) },
      body: sent,
      now: 0,
    });

  test('accepts the documented vector', async () => {
    expect(await receive(signature)).toBe('accept');
  });

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the prefix alone', 'sha256='],
    ['no prefix', signature.slice(7)],
    ['another prefix', signature.replace('sha256', 'sha1')],
    ['a cut signature', signature.slice(0, -2)],
    ['half a digit', signature.slice(0, -1)],
    ['more behind it', `${signature}00`],
    ['letters that are no hex', signature.replace('757107', 'zzzzzz')],
    ['two headers', [signature, signature]],
    ['a list', `${signature}, ${signature}`],
  ])('refuses %s', async (_name, header) => {
    expect(await receive(header)).toBe('signature-invalid');
  });

  test('refuses another body', async () => {
    expect(await receive(signature, 'Hello, World')).toBe('signature-invalid');
  });

  test('does not take the old header for the new', async () => {
    const headers = { 'x-hub-signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59' };
    expect(await outcomeOf({ verify: { scheme: 'github' }, secrets, headers, body, now: 0 })).toBe('signature-invalid');
  });
});

describe('Stripe', () => {
  const secrets = { key: 'whsec_test_secret' };
  const body = '{"id":"evt_test_webhook","object":"event"}';
  const signature = 'v1=88a022085c6bdb887b02cb26ff76dd681234d9675c0f22844059f55552a8883a';
  const now = 1_492_774_577_000;
  const receive = (header: string | readonly string[], time = now, sent = body) =>
    outcomeOf({
      verify: { scheme: 'stripe' },
      secrets,
      headers: { 'stripe-signature': header },
      body: sent,
      now: time,
    });

  test.each([
    ['the vector', `t=1492774577,${signature}`],
    ['spaces between the parts', `t=1492774577, ${signature}`],
    ['several signatures', `t=1492774577,v1=${'0'.repeat(64)},${signature}`],
    ['schemes that are not looked at', `t=1492774577,v0=6ffbb59b,${signature}`],
  ])('accepts %s', async (_name, header) => {
    expect(await receive(header)).toBe('accept');
  });

  test.each([
    ['no time', signature],
    ['no signature', 't=1492774577'],
    ['two times', `t=1492774577,t=1492774577,${signature}`],
    ['a time of words', `t=now,${signature}`],
    ['a time with a fraction', `t=1492774577.5,${signature}`],
    ['another time', `t=1492774578,${signature}`],
    ['another scheme alone', `t=1492774577,${signature.replace('v1', 'v0')}`],
    ['a cut signature', `t=1492774577,${signature.slice(0, -2)}`],
    ['two headers', [`t=1492774577,${signature}`, `t=1492774577,${signature}`]],
    ['more parts than anybody needs', `t=1492774577,${'v1=00,'.repeat(20)}${signature}`],
  ])('refuses %s', async (_name, header) => {
    expect(await receive(header)).toBe('signature-invalid');
  });

  test('refuses what is too old, and never forgets to', async () => {
    expect(await receive(`t=1492774577,${signature}`, now + 300_000)).toBe('accept');
    expect(await receive(`t=1492774577,${signature}`, now + 300_001)).toBe('signature-invalid');
  });

  test('refuses another body', async () => {
    expect(await receive(`t=1492774577,${signature}`, now, `${body} `)).toBe('signature-invalid');
  });
});

describe('a plain HMAC', () => {
  const secrets = { key: 'k1' };
  const body = '{"a":1}';
  const mac = hmac(sha256, utf8ToBytes('k1'), utf8ToBytes(body));
  const long = hmac(sha512, utf8ToBytes('k1'), utf8ToBytes(body));

  test.each<[string, Readonly<Record<string, unknown>>, Headers, string]>([
    ['in hex', {}, { 'x-signature': bytesToHex(mac) }, 'accept'],
    ['in hex of capitals', {}, { 'x-signature': bytesToHex(mac).toUpperCase() }, 'accept'],
    ['in base64', { encoding: 'base64' }, { 'x-signature': base64(mac) }, 'accept'],
    ['with a prefix', { prefix: 'sha256=' }, { 'x-signature': `sha256=${bytesToHex(mac)}` }, 'accept'],
    ['with SHA-512', { algorithm: 'sha512' }, { 'x-signature': bytesToHex(long) }, 'accept'],
    ['without its prefix', { prefix: 'sha256=' }, { 'x-signature': bytesToHex(mac) }, 'signature-invalid'],
    ['of another hash', { algorithm: 'sha512' }, { 'x-signature': bytesToHex(mac) }, 'signature-invalid'],
    ['of another encoding', { encoding: 'base64' }, { 'x-signature': bytesToHex(mac) }, 'signature-invalid'],
    ['in another header', {}, { 'x-other': bytesToHex(mac) }, 'signature-invalid'],
    ['there twice', {}, { 'x-signature': [bytesToHex(mac), bytesToHex(mac)] }, 'signature-invalid'],
    ['that is empty', {}, { 'x-signature': '' }, 'signature-invalid'],
  ])('%s', async (_name, settings, headers, outcome) => {
    const verify = { scheme: 'hmac', header: 'X-Signature', ...settings };
    expect(await outcomeOf({ verify, secrets, headers, body, now: 0 })).toBe(outcome);
  });
});

describe.each(['standard-webhooks', 'github', 'stripe', 'hmac'])('without its secret, %s', (scheme) => {
  const verify = { scheme, ...(scheme === 'hmac' ? { header: 'x-signature' } : {}) };
  const prepare = (config: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>) =>
    createNodeBench(webhookBehaviour, { secrets }).prepare('push-source', { path: 'in', verify: config });

  test('is refused when none is named', async () => {
    await expect(prepare(verify, {})).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(`verify.secret: is needed by the scheme ${scheme}`),
    });
  });

  test('is refused when it does not exist', async () => {
    await expect(prepare({ ...verify, secret: { $secret: 'gone' } }, {})).rejects.toMatchObject({
      code: 'secret-missing',
      message: 'verify.secret: the secret gone does not exist',
    });
  });

  test('is refused when it is empty', async () => {
    await expect(prepare({ ...verify, secret: { $secret: 'key' } }, { key: '' })).rejects.toMatchObject({
      code: 'secret-missing',
      message: 'verify.secret: the secret key is empty',
    });
  });

  test('is refused when the previous one does not exist', async () => {
    const config = { ...verify, secret: { $secret: 'key' }, previousSecret: { $secret: 'gone' } };
    await expect(prepare(config, { key: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })).rejects.toMatchObject({
      code: 'secret-missing',
    });
  });
});
