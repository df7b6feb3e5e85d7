import { request } from 'node:http';
import { expect, test } from 'vitest';
import { testApi } from '../../testing/test-api.ts';
import { isLoopbackHost } from './expected-host.ts';
import { isSameOrigin } from './same-origin.ts';

const api = testApi();

/** `fetch` does not let us choose these headers. */
function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    request(new URL(path, api.url), { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

test.each(['localhost:4400', '127.0.0.1:4400', '127.0.0.1', '[::1]:4400', 'app.localhost:80', 'LOCALHOST'])(
  '%s is this machine',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  },
);

test.each([
  undefined,
  '',
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example@127.0.0.1',
  '128.0.0.1',
  'localhost/x',
  '2130706433',
])('%s is not', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test('a name that only points at this machine is not served', async () => {
  expect((await send('GET', '/api/v1/pipelines', { host: 'evil.example' })).status).toBe(421);
  expect((await send('GET', '/', { host: 'evil.example' })).status).toBe(421);
});

test('probes come by any name', async () => {
  expect((await send('GET', '/livez', { host: 'node-7' })).status).toBe(200);
});

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ origin: 'http://127.0.0.1:4400', host: '127.0.0.1:4400' }, true],
  [{ origin: 'http://evil.example', host: '127.0.0.1:4400' }, false],
  [{ origin: 'http://127.0.0.1:9999', host: '127.0.0.1:4400' }, false],
  [{ origin: 'null', host: '127.0.0.1:4400' }, false],
  [{ host: '127.0.0.1:4400' }, true],
])('%j comes from our own pages or from no page: %s', (headers, expected) => {
  expect(isSameOrigin(headers)).toBe(expected);
});

test('a page of another site changes nothing', async () => {
  expect((await send('DELETE', '/api/v1/secrets/a', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test('every answer keeps browsers from sniffing, framing and foreign scripts', async () => {
  const { headers } = await send('GET', '/api/docs', {});
  expect(headers['content-security-policy']).toContain("script-src 'self'");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['x-powered-by']).toBeUndefined();
});
