import { WorkError } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { aMessage, anAnswer, aTry, createNodeBench, NOON } from '../testing/node-bench.ts';
import { httpRequestBehaviour } from './behaviour.ts';

const url = 'https://target.example/ship';

describe('a call', () => {
  test('carries the payload as JSON, the id as idempotency key, the attempt and the trace', async () => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(200, { ok: true }) });
    const node = await bench.prepare('work', { url });
    const result = await node.work(aMessage({ id: 'o1' }, { attempt: 3 }), aTry());
    expect(bench.calls).toMatchObject([
      {
        method: 'POST',
        url,
        body: '{"id":"o1"}',
        timeoutMs: 5_000,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': '"0123456789abcdef0123456789abcdef"',
          'x-sluice-attempt': '3',
          traceparent: '00-fedcba9876543210fedcba9876543210-0123456789abcdef-01',
        },
      },
    ]);
    expect(result).toEqual({ outputs: [{ payload: { status: 200, body: { ok: true } } }] });
  });

  test('goes on in the trace the message came with, under a span of its own', async () => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(204) });
    const node = await bench.prepare('work', { url });
    await node.work(aMessage({}, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' }), aTry());
    expect(bench.calls[0]?.headers['traceparent']).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-0123456789abcdef-00');
  });

  test('can send another body: a text as it is, anything else as JSON', async () => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(200) });
    const text = await bench.prepare('work', { url, body: '"order=" & id' });
    await text.work(aMessage({ id: 'o1' }), aTry());
    const object = await bench.prepare('work', {
      url,
      body: "{ 'order': id }",
      headers: { 'Content-Type': 'application/vnd.acme+json' },
    });
    await object.work(aMessage({ id: 'o1' }), aTry());
    expect(bench.calls.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['order=o1', 'text/plain; charset=utf-8'],
      ['{"order":"o1"}', 'application/vnd.acme+json'],
    ]);
  });

  test('by GET has no body', async () => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(200) });
    const node = await bench.prepare('work', { url, method: 'GET' });
    await node.work(aMessage({ id: 'o1' }), aTry());
    expect(bench.calls[0]).not.toHaveProperty('body');
    expect(bench.calls[0]?.headers).not.toHaveProperty('content-type');
  });

  test('carries secrets in headers', async () => {
    const bench = createNodeBench(httpRequestBehaviour, {
      secrets: { token: 'Bearer abc123' },
      answer: () => anAnswer(200),
    });
    const node = await bench.prepare('work', {
      url,
      headers: { Authorization: { $secret: 'token' }, 'x-tenant': 'acme' },
    });
    await node.work(aMessage({}), aTry());
    expect(bench.calls[0]?.headers).toMatchObject({ authorization: 'Bearer abc123', 'x-tenant': 'acme' });
  });
});

describe('preparing', () => {
  test.each([
    [{}, 'does not exist'],
    [{ token: '' }, 'is empty'],
    [{ token: 'line\nbreak' }, 'holds characters that a header cannot carry'],
  ])('refuses a secret that cannot be used', async (secrets, complaint) => {
    const bench = createNodeBench(httpRequestBehaviour, { secrets });
    const preparing = bench.prepare('work', { url, headers: { authorization: { $secret: 'token' } } });
    await expect(preparing).rejects.toMatchObject({ message: `headers.authorization: the secret token ${complaint}` });
  });

  test.each([
    ['Host', 'is set by the node itself'],
    ['Idempotency-Key', 'is set by the node itself'],
    ['bad name', 'is not a header name'],
  ])('refuses the header %s', async (name) => {
    const bench = createNodeBench(httpRequestBehaviour);
    await expect(bench.prepare('work', { url, headers: { [name]: 'x' } })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});

describe('an answer', () => {
  const outcomeOf = async (
    status: number,
    headers: Record<string, string> = {},
    config: Record<string, unknown> = {},
  ) => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(status, 'no', headers) });
    const node = await bench.prepare('work', { url, ...config });
    return Promise.resolve(node.work(aMessage({}), aTry())).then(
      () => 'done' as const,
      (error: WorkError) => error,
    );
  };

  test.each([
    // status, retryable, counts for the breaker
    [500, true, true],
    [502, true, true],
    [503, true, true],
    [504, true, true],
    [429, true, true],
    [408, true, true],
    [425, true, false],
    [409, true, false],
    [400, false, false],
    [401, false, false],
    [404, false, false],
    [410, false, false],
    [422, false, false],
    [301, false, false],
    [307, false, false],
  ])('%i: retryable %s, target at fault %s', async (status, retryable, targetFailed) => {
    expect(await outcomeOf(status)).toMatchObject({ code: 'target-status', retryable, targetFailed });
  });

  test.each([200, 201, 202, 204])('%i is done', async (status) => {
    expect(await outcomeOf(status)).toBe('done');
  });

  test('of another status is done where the settings say so', async () => {
    expect(await outcomeOf(409, {}, { successStatus: [200, 409] })).toBe('done');
    expect(await outcomeOf(201, {}, { successStatus: [200, 409] })).toMatchObject({ code: 'target-status' });
  });

  test('asks for rest in seconds or by date', async () => {
    expect(await outcomeOf(429, { 'retry-after': '120' })).toMatchObject({ retryAfterMs: 120_000 });
    expect(await outcomeOf(503, { 'retry-after': 'Mon, 01 Jun 2026 12:00:30 GMT' })).toMatchObject({
      retryAfterMs: 30_000,
    });
    expect(await outcomeOf(503, { 'retry-after': 'soon' })).toMatchObject({ retryAfterMs: undefined });
  });

  test('that is a redirect is named as one', async () => {
    const error = await outcomeOf(302, { location: 'http://169.254.169.254/' });
    expect(error).toMatchObject({
      message: 'The target answered 302, a redirect to http://169.254.169.254/; redirects are not followed',
    });
  });

  test('is quoted briefly', async () => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(400, `  bad\n ${'x'.repeat(500)}`) });
    const node = await bench.prepare('work', { url });
    await expect(node.work(aMessage({}), aTry())).rejects.toMatchObject({
      message: `The target answered 400: bad ${'x'.repeat(196)}...`,
    });
  });

  test.each([
    ['{"a":1}', { 'content-type': 'application/json; charset=utf-8' }, { a: 1 }],
    ['{"a":1}', { 'content-type': 'application/problem+json' }, { a: 1 }],
    ['{"a":1}', { 'content-type': 'text/plain' }, '{"a":1}'],
    ['{"a":', { 'content-type': 'application/json' }, '{"a":'],
    ['{"__proto__":1}', { 'content-type': 'application/json' }, '{"__proto__":1}'],
  ])('%s of %j goes on', async (text, headers, body) => {
    const bench = createNodeBench(httpRequestBehaviour, { answer: () => anAnswer(200, text, headers) });
    const node = await bench.prepare('work', { url });
    expect(await node.work(aMessage({}), aTry())).toEqual({ outputs: [{ payload: { status: 200, body } }] });
  });
});

describe('no text shows a secret', () => {
  const secrets = { token: 'Bearer s3cr3t/token+value' };

  test.each([
    ['as it was sent', 'unknown token Bearer s3cr3t/token+value'],
    ['without its scheme', 'unknown token s3cr3t/token+value'],
    ['url-encoded', 'see ?token=s3cr3t%2Ftoken%2Bvalue'],
  ])('when the target repeats it %s', async (_how, body) => {
    const bench = createNodeBench(httpRequestBehaviour, { secrets, answer: () => anAnswer(401, body) });
    const node = await bench.prepare('work', { url, headers: { authorization: { $secret: 'token' } } });
    const error = await Promise.resolve(node.work(aMessage({}), aTry())).catch((caught: WorkError) => caught);
    expect(error).toBeInstanceOf(WorkError);
    expect((error as WorkError).message).not.toMatch(/s3cr3t/);
    expect((error as WorkError).message).toContain('[secret]');
  });

  test('when the connector repeats it', async () => {
    const bench = createNodeBench(httpRequestBehaviour, {
      secrets,
      answer: () =>
        Promise.reject(
          new WorkError('cannot send Bearer s3cr3t/token+value', {
            code: 'target-unreachable',
            retryable: true,
            targetFailed: true,
          }),
        ),
    });
    const node = await bench.prepare('work', { url, headers: { authorization: { $secret: 'token' } } });
    await expect(node.work(aMessage({}), aTry({ now: () => NOON }))).rejects.toMatchObject({
      message: 'cannot send [secret]',
      code: 'target-unreachable',
      retryable: true,
      targetFailed: true,
    });
  });
});
