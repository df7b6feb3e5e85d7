import type { CatalogEntry, LintResult } from '@sluice/protocol';
import { expect, test } from 'vitest';
import { intoALog, thatCannotRun } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

test('the catalogue has each node type with the schema of its settings', async () => {
  const { body } = await api.call<{ nodeTypes: readonly CatalogEntry[] }>('readCatalog');
  const webhook = body.nodeTypes.find((entry) => entry.type === 'webhook');
  expect(webhook).toMatchObject({
    role: 'source',
    sourceStyle: 'push',
    group: 'Push',
    configSchema: { type: 'object' },
  });
  expect(body.nodeTypes.map((entry) => entry.type)).toEqual(
    expect.arrayContaining(['transform', 'http-request', 'log']),
  );
});

test('a document that can run has no errors', async () => {
  expect((await api.call<LintResult>('lint', { body: intoALog() })).body.deployable).toBe(true);
});

test.each([
  ['cannot run', JSON.stringify(thatCannotRun('x')), 'application/json'],
  ['is badly built', '{"format":"sluice/v1","nodez":[]}', 'application/json'],
  ['is no JSON', '{"format":', 'application/json'],
  ['is no YAML', 'format: [', 'application/yaml'],
])('a document that %s has findings', async (_what, body, type) => {
  const { status, body: result } = await api.call<LintResult>('lint', { body, headers: { 'content-type': type } });
  expect(status).toBe(200);
  expect(result.deployable).toBe(false);
  expect(result.findings[0]).toMatchObject({ severity: 'error' });
});

test('the schema of documents and the description of the API are published', async () => {
  expect((await api.call('readDocumentSchema')).body).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sluice pipeline document',
  });
  expect((await api.call('readOpenApi')).body).toMatchObject({ openapi: '3.1.1', info: { version: '1.2.3' } });
});

test('the description can be browsed without a script inside the page', async () => {
  const page = await (await fetch(`${api.url}/api/docs`)).text();
  expect(page).not.toMatch(/<script>/);
  for (const [, source] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const response = await fetch(`${api.url}${source}`);
    expect([source, response.status]).toEqual([source, 200]);
    await response.body?.cancel();
  }
});
