import type { Pipeline, PipelineSummary } from '@sluice/protocol';
import { expect, test } from 'vitest';
import { aName, intoALog, thatCannotRun } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

async function created(document = intoALog()): Promise<Pipeline> {
  return (await api.call<Pipeline>('createPipeline', { body: document })).body;
}

test('a created pipeline is found by id and by name', async () => {
  const document = intoALog();
  const { status, headers, body } = await api.call<Pipeline>('createPipeline', { body: document });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/pipelines/${body.id}`);
  expect(headers.get('etag')).toBe('"1"');
  expect(body).toMatchObject({
    name: document.name,
    revision: 1,
    deployment: null,
    latestVersion: null,
    draftDiffers: false,
    document,
  });
  for (const id of [body.id, document.name]) {
    expect((await api.call<Pipeline>('readPipeline', { params: { id } })).body.id).toBe(body.id);
  }
});

test('the list has each pipeline in short', async () => {
  const { id } = await created();
  const { body } = await api.call<{ pipelines: readonly PipelineSummary[] }>('listPipelines');
  expect(body.pipelines.find((pipeline) => pipeline.id === id)).toMatchObject({
    nodes: 2,
    wires: 1,
    verdict: null,
    totals: null,
  });
});

test('a name is had by one pipeline only', async () => {
  const { name } = await created();
  const { status, body } = await api.refusal('createPipeline', { body: intoALog(name) });
  expect([status, body.code]).toEqual([409, 'name-taken']);
});

test('a document may come as YAML', async () => {
  const name = aName();
  const yaml = `format: sluice/v1\nname: ${name}\nnodes:\n  - { id: in, type: webhook, config: { path: in } }\nwires: []\n`;
  const { body } = await api.call<Pipeline>('createPipeline', {
    body: yaml,
    headers: { 'content-type': 'application/yaml' },
  });
  expect(body.document.nodes).toEqual([{ id: 'in', type: 'webhook', config: { path: 'in' } }]);
});

test('a badly built document is refused with each thing that is wrong', async () => {
  const { status, body } = await api.refusal('createPipeline', {
    body: { ...intoALog(), wirse: [], name: 'Not A Name' },
  });
  expect([status, body.code]).toEqual([422, 'document-invalid']);
  expect(body.errors?.map((error) => error.path)).toEqual(expect.arrayContaining(['/wirse', '/name']));
});

test('a draft may still be unable to run', async () => {
  expect((await created(thatCannotRun())).revision).toBe(1);
});

test('the draft comes out as a file', async () => {
  const { id, name } = await created();
  const yaml = await api.call<string>('readPipeline', { params: { id }, headers: { accept: 'application/yaml' } });
  expect(yaml.body).toContain(`name: ${name}\n`);
  expect(yaml.headers.get('content-disposition')).toBe(`attachment; filename="${name}.yaml"`);
  const asked = await api.call<string>('readPipeline', { params: { id }, query: { format: 'yaml' } });
  expect(asked.body).toBe(yaml.body);
});

test('a save names the revision that was edited', async () => {
  const { id, document } = await created();
  const missing = await api.refusal('saveDraft', { params: { id }, body: document });
  expect([missing.status, missing.body.code]).toEqual([428, 'revision-missing']);
  const nonsense = await api.refusal('saveDraft', {
    params: { id },
    body: document,
    headers: { 'if-match': 'yesterday' },
  });
  expect(nonsense.status).toBe(400);
});

test('of two saves of one revision the second is shown what the first left', async () => {
  const { id, document } = await created();
  const first = await api.call<Pipeline>('saveDraft', {
    params: { id },
    body: { ...document, title: 'First' },
    headers: { 'if-match': '"1"' },
  });
  expect([first.headers.get('etag'), first.body.revision, first.body.title]).toEqual(['"2"', 2, 'First']);
  const second = await api.refusal('saveDraft', {
    params: { id },
    body: { ...document, title: 'Second' },
    headers: { 'if-match': '"1"' },
  });
  expect([second.status, second.body.code, second.headers.get('etag')]).toEqual([412, 'revision-stale', '"2"']);
  expect(second.body['current']).toMatchObject({ id, revision: 2, title: 'First' });
});

test('a save is told to those who watch', async () => {
  const { id, document } = await created();
  await api.call('saveDraft', { params: { id }, body: document, headers: { 'if-match': '"1"' } });
  expect(api.announced).toContainEqual({
    pipelineId: id,
    kind: 'draft-saved',
    elementId: null,
    text: 'Revision 2 of the draft was saved',
  });
});

test('a rename to the name of another is refused', async () => {
  const [one, other] = [await created(), await created()];
  const { status, body } = await api.refusal('saveDraft', {
    params: { id: one.id },
    body: { ...one.document, name: other.name },
    headers: { 'if-match': '"1"' },
  });
  expect([status, body.code]).toEqual([409, 'name-taken']);
});

test('a deployed pipeline is removed only after it was stopped', async () => {
  const { id } = await created();
  await api.call('deploy', { params: { id } });
  const refused = await api.refusal('removePipeline', { params: { id } });
  expect([refused.status, refused.body.code]).toEqual([409, 'still-deployed']);
  await api.call('stop', { params: { id } });
  expect((await api.call('removePipeline', { params: { id } })).status).toBe(204);
  expect((await api.refusal('readPipeline', { params: { id } })).status).toBe(404);
});

test('nobody is unknown to all', async () => {
  for (const id of [
    'readPipeline',
    'removePipeline',
    'deploy',
    'pause',
    'resume',
    'stop',
    'readStatus',
    'listVersions',
    'listDeadLetters',
  ] as const) {
    const { status, body } = await api.refusal(id, { params: { id: 'nobody' } });
    expect([id, status, body.code]).toEqual([id, 404, 'pipeline-not-found']);
  }
});
