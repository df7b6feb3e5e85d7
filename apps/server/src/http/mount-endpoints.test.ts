import { ENDPOINTS } from '@sluice/protocol';
import { expect, test } from 'vitest';
import { testApi } from '../testing/test-api.ts';
import { expressPath } from './mount-endpoints.ts';

const api = testApi();

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

test('what is served and what the table lists are the same', () => {
  const layers = (api.app.router as unknown as { stack: Layer[] }).stack; // Express offers no other way to ask
  const served = layers
    .flatMap(({ route }) => (route === undefined ? [] : [{ path: route.path, methods: Object.keys(route.methods) }]))
    // Those with every method are the answers to wrong ones.
    .filter(({ path, methods }) => methods.length === 1 && path !== '/' && !path.startsWith('/api/docs'))
    .map(({ path, methods }) => `${methods[0]} ${path}`);
  const listed = Object.values(ENDPOINTS).map(({ method, path }) => `${method} ${expressPath(path)}`);
  expect(listed.length).toBeGreaterThan(20);
  expect(served.toSorted()).toEqual(listed.toSorted());
});

test('another method on a known address is refused with those that it has', async () => {
  const response = await fetch(`${api.url}/api/v1/pipelines`, { method: 'PATCH' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  expect(await response.json()).toMatchObject({ code: 'method-not-allowed' });
});

test('an unknown address of the API is a problem with a request id', async () => {
  const response = await fetch(`${api.url}/api/v1/nothing`);
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    type: 'https://sluice.dev/problems/address-unknown',
    requestId: response.headers.get('x-request-id'),
  });
});

test.each([
  ['not JSON', '{"format":', 400, 'body-malformed'],
  ['no body', '', 400, 'body-malformed'],
])('a body that is %s is refused', async (_what, body, status, code) => {
  const response = await fetch(`${api.url}/api/v1/secrets/a`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
});

test('members that reach prototypes are refused', async () => {
  for (const body of ['{"__proto__":{"value":"x"}}', '{"value":"x","constructor":1}']) {
    const response = await fetch(`${api.url}/api/v1/secrets/a`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await response.json()).toMatchObject({ status: 400, code: 'body-unsafe' });
  }
});

test('a body of another type is refused', async () => {
  const response = await fetch(`${api.url}/api/v1/secrets/a`, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain' },
    body: '{"value":"x"}',
  });
  expect(await response.json()).toMatchObject({ status: 415, code: 'content-type-unsupported' });
});

test('a body of more than 1 MiB is refused', async () => {
  const response = await fetch(`${api.url}/api/v1/lint`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `"${'x'.repeat(1_048_576)}"`,
  });
  expect(await response.json()).toMatchObject({ status: 413, code: 'body-too-large' });
});

test('an address that is not UTF-8 is refused', async () => {
  const response = await fetch(`${api.url}/api/v1/pipelines/%FF`);
  expect(await response.json()).toMatchObject({ status: 400, code: 'request-invalid' });
});
