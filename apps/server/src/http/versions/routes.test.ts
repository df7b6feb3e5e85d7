import type { Pipeline, Version, VersionDiff } from '@sluice/protocol';
import { expect, test } from 'vitest';
import { intoALog } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

/** Two versions, the second with another title on a node; the second runs. */
async function withTwoVersions(): Promise<Pipeline> {
  const { id, document } = (await api.call<Pipeline>('createPipeline', { body: intoALog() })).body;
  await api.call('deploy', { params: { id }, body: { note: 'the first' } });
  const nodes = document.nodes.map((node) => (node.id === 'out' ? { ...node, title: 'Out' } : node));
  await api.call('saveDraft', { params: { id }, body: { ...document, nodes }, headers: { 'if-match': '*' } });
  await api.call('deploy', { params: { id } });
  return (await api.call<Pipeline>('readPipeline', { params: { id } })).body;
}

test('versions come newest first, with their notes and what runs', async () => {
  const { id } = await withTwoVersions();
  const { body } = await api.call<{ versions: readonly Version[] }>('listVersions', { params: { id } });
  expect(body.versions.map(({ number, note, deployed }) => ({ number, note, deployed }))).toEqual([
    { number: 2, note: null, deployed: true },
    { number: 1, note: 'the first', deployed: false },
  ]);
});

test('a version has its document', async () => {
  const { id, document } = await withTwoVersions();
  expect((await api.call('readVersion', { params: { id, number: 2 } })).body).toMatchObject({
    number: 2,
    document: { nodes: document.nodes },
  });
  expect((await api.refusal('readVersion', { params: { id, number: 3 } })).body.code).toBe('version-not-found');
  expect((await api.refusal('readVersion', { params: { id, number: 'x' } })).status).toBe(400);
});

test('what changed between two versions is listed', async () => {
  const { id } = await withTwoVersions();
  const { body } = await api.call<VersionDiff>('diffVersions', { params: { id, number: 1, other: 2 } });
  expect(body).toEqual({
    from: 1,
    to: 2,
    changes: [{ kind: 'node-changed', id: 'out', fields: [{ path: '/title', after: 'Out' }] }],
  });
});

test('a restored version becomes the draft, and nothing is deployed', async () => {
  const { id, revision } = await withTwoVersions();
  const { body } = await api.call<Pipeline>('restoreVersion', { params: { id, number: 1 } });
  expect(body).toMatchObject({ revision: revision + 1, draftDiffers: true, deployment: { version: 2 } });
  expect(body.document.nodes[1]?.title).toBeUndefined();
});
