import type { Deployed, Pipeline, PipelineStatus, Version } from '@sluice/protocol';
import { aPipeline, webhook } from '@sluice/testkit';
import { expect, test, vi } from 'vitest';
import { aName, intoALog, thatCannotRun, thatFillsUp } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';
import { redeployAll } from '../../use-cases/redeploy-all.ts';

const api = testApi();

async function created(document = intoALog()): Promise<Pipeline> {
  return (await api.call<Pipeline>('createPipeline', { body: document })).body;
}

async function history(id: string): Promise<{ readonly latest: number | null; readonly numbers: readonly number[] }> {
  const { body } = await api.call<{ versions: readonly Version[] }>('listVersions', { params: { id } });
  const { latestVersion } = (await api.call<Pipeline>('readPipeline', { params: { id } })).body;
  return { latest: latestVersion, numbers: body.versions.map(({ number }) => number) };
}

async function post(name: string, body: unknown = { id: 1 }): Promise<number> {
  const response = await fetch(`${api.url}/hooks/${name}/in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

test('a deployed webhook takes messages, and they arrive', async () => {
  const { id, name } = await created();
  expect(await post(name)).toBe(404);
  const { body } = await api.call<Deployed>('deploy', { params: { id }, body: { note: 'first' } });
  expect(body).toMatchObject({ version: 1, state: 'running' });
  expect(await post(name)).toBe(202);
  await vi.waitFor(async () => {
    const status = (await api.call<PipelineStatus>('readStatus', { params: { id } })).body;
    expect(status.nodes['out']?.completed).toBe(1);
    expect(status.totals.depth).toBe(0);
  });
});

test('deploying again without a change makes no version', async () => {
  const { id } = await created();
  await api.call('deploy', { params: { id } });
  expect((await api.call<Deployed>('deploy', { params: { id } })).body.version).toBe(1);
});

test('the draft differs from what runs until it is deployed', async () => {
  const { id, document } = await created();
  await api.call('deploy', { params: { id } });
  const saved = await api.call<Pipeline>('saveDraft', {
    params: { id },
    body: { ...document, title: 'New' },
    headers: { 'if-match': '*' },
  });
  expect(saved.body).toMatchObject({ draftDiffers: true, deployment: { version: 1, state: 'running' } });
  await api.call('deploy', { params: { id } });
  expect((await api.call<Pipeline>('readPipeline', { params: { id } })).body).toMatchObject({
    draftDiffers: false,
    deployment: { version: 2 },
    latestVersion: 2,
  });
});

test('an earlier version is deployed by its number', async () => {
  const { id, document } = await created();
  await api.call('deploy', { params: { id } });
  await api.call('saveDraft', { params: { id }, body: { ...document, title: 'New' }, headers: { 'if-match': '*' } });
  await api.call('deploy', { params: { id } });
  expect((await api.call<Deployed>('deploy', { params: { id }, body: { version: 1 } })).body.version).toBe(1);
  const { status, body } = await api.refusal('deploy', { params: { id }, body: { version: 9 } });
  expect([status, body.code]).toEqual([404, 'version-not-found']);
});

test('what cannot run is refused, and no version is made of it', async () => {
  const { id } = await created(thatCannotRun());
  const { status, body } = await api.refusal('deploy', { params: { id } });
  expect([status, body.code]).toEqual([422, 'not-deployable']);
  expect(body.errors?.[0]?.path).toBe('/nodes/1/type');
  expect((await api.call<{ versions: unknown[] }>('listVersions', { params: { id } })).body.versions).toEqual([]);
});

test('a paused pipeline takes nothing until it is resumed', async () => {
  const { id, name } = await created();
  await api.call('deploy', { params: { id } });
  expect((await api.call('pause', { params: { id } })).body).toEqual({ version: 1, state: 'paused' });
  expect(await post(name)).toBe(503);
  expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.state).toBe('paused');
  expect((await api.call('resume', { params: { id } })).body).toEqual({ version: 1, state: 'running' });
  expect(await post(name)).toBe(202);
});

test('a pipeline drains: it takes nothing more, is paused when nothing waits, and resuming cancels it', async () => {
  const { id, name } = await created();
  await api.call('deploy', { params: { id } });
  for (let count = 0; count < 20; count += 1) expect(await post(name, { id: count })).toBe(202);
  expect((await api.call('drain', { params: { id } })).body).toEqual({ version: 1, state: 'draining' });
  const refused = await fetch(`${api.url}/hooks/${name}/in`, { method: 'POST', body: '{}' });
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'draining' }]);
  const state = async () => (await api.call<Pipeline>('readPipeline', { params: { id } })).body.deployment?.state;
  await vi.waitFor(async () => expect(await state()).toBe('paused'), { timeout: 10_000 });
  const { body } = await api.call<PipelineStatus>('readStatus', { params: { id } });
  expect(body).toMatchObject({ state: 'paused', drain: null, totals: { depth: 0 }, nodes: { out: { completed: 20 } } });
  await api.call('drain', { params: { id } });
  expect((await api.call('resume', { params: { id } })).body).toEqual({ version: 1, state: 'running' });
  expect(await post(name)).toBe(202);
});

test('a pipeline that still drains at a restart goes on draining', async () => {
  const { id, name } = await created(thatFillsUp());
  await api.call('deploy', { params: { id } });
  for (let count = 0; count < 5; count += 1) expect(await post(name, { id: count })).toBe(202);
  await api.call('drain', { params: { id } });
  await api.parts.engine.stop(id);
  await redeployAll(api.parts);
  const { body } = await api.call<PipelineStatus>('readStatus', { params: { id } });
  expect([body.state, body.drain?.left]).toEqual(['draining', body.totals.depth]);
  expect(body.drain?.left).toBeGreaterThan(0);
  expect(await post(name)).toBe(503);
  await api.call('stop', { params: { id } });
  expect((await api.refusal('drain', { params: { id } })).body.code).toBe('not-running');
});

test('a stopped pipeline keeps its messages, shows them, and runs again', async () => {
  const { id, name } = await created(thatFillsUp());
  await api.call('deploy', { params: { id } });
  for (let count = 0; count < 5; count += 1) expect(await post(name)).toBe(202);
  await vi.waitFor(async () => {
    expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.totals.depth).toBe(4);
  });
  expect((await api.call('stop', { params: { id } })).body).toEqual({ version: 1, state: 'stopped' });
  expect(await post(name)).toBe(404);
  const { body } = await api.call<PipelineStatus>('readStatus', { params: { id } });
  expect(body).toMatchObject({
    state: 'stopped',
    totals: { depth: 4 },
    wires: { 'in-out': { depth: 4, delivery: 'pull' } },
    nodes: { out: { state: 'stopped' } },
  });
  expect((await api.refusal('pause', { params: { id } })).body.code).toBe('not-running');
  expect((await api.call('resume', { params: { id } })).body).toEqual({ version: 1, state: 'running' });
});

test('a wire that still holds messages is not removed without a word', async () => {
  const { id, name, document } = await created(thatFillsUp());
  await api.call('deploy', { params: { id } });
  for (let count = 0; count < 3; count += 1) expect(await post(name)).toBe(202);
  const without = { ...aPipeline(name).with(webhook('in')).pulledBy({ id: 'other', type: 'log' }).document() };
  await vi.waitFor(async () =>
    expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.totals.depth).toBe(2),
  );
  expect(document.wires[0]?.id).toBe('in-out');
  await api.call('saveDraft', { params: { id }, body: without, headers: { 'if-match': '*' } });
  const { status, body } = await api.refusal('deploy', { params: { id } });
  expect([status, body.code, body['wires']]).toEqual([409, 'wires-hold-messages', [{ wireId: 'in-out', messages: 2 }]]);
  expect(await history(id)).toEqual({ latest: 1, numbers: [1] });
  await api.call('deploy', { params: { id }, body: { removedWires: 'dead-letter' } });
  const letters = await api.call<{ deadLetters: readonly { reason: string }[] }>('listDeadLetters', { params: { id } });
  expect(letters.body.deadLetters.map((letter) => letter.reason)).toEqual(['wire-removed', 'wire-removed']);
});

test('what was never deployed has no status and no life cycle', async () => {
  const { id } = await created();
  for (const endpoint of ['readStatus', 'pause', 'resume', 'drain', 'stop'] as const) {
    const { status, body } = await api.refusal(endpoint, { params: { id } });
    expect([endpoint, status, body.code]).toEqual([endpoint, 409, 'not-deployed']);
  }
});

test('a deployment that lacks a secret is refused, and runs once the secret is there', async () => {
  const name = aName();
  const verify = { scheme: 'standard-webhooks', secret: { $secret: `${name}-key` } };
  const { id } = await created(
    aPipeline(name).with(webhook('in', { verify })).pulledBy({ id: 'out', type: 'log' }).document(),
  );
  const { body } = await api.refusal('deploy', { params: { id } });
  expect(body.code).toBe('not-deployable');
  expect(body.detail).toContain(`${name}-key`);
  expect((await api.call<Pipeline>('readPipeline', { params: { id } })).body.deployment).toBeNull();
  expect(await history(id)).toEqual({ latest: null, numbers: [] });
  await api.call('putSecret', {
    params: { name: `${name}-key` },
    body: { value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  });
  expect((await api.call<Deployed>('deploy', { params: { id } })).body.state).toBe('running');
  expect(await post(name)).toBe(401);
});

test('a version that ran before stays in history when it is refused later', async () => {
  const name = aName();
  const old = await created(intoALog(name));
  await api.call('deploy', { params: { id: old.id } });
  await api.call('stop', { params: { id: old.id } });
  const heir = await created(intoALog(aName()));
  await api.call('saveDraft', {
    params: { id: old.id },
    body: { ...old.document, name: aName() },
    headers: { 'if-match': '*' },
  });
  await api.call('saveDraft', {
    params: { id: heir.id },
    body: { ...heir.document, name },
    headers: { 'if-match': '*' },
  });
  await api.call('deploy', { params: { id: heir.id } });
  expect((await api.refusal('deploy', { params: { id: old.id }, body: { version: 1 } })).body.code).toBe('name-in-use');
  expect(await history(old.id)).toEqual({ latest: 1, numbers: [1] });
});

test('the number of a refused version goes to the next one, with its own document', async () => {
  const name = aName();
  const verify = { scheme: 'standard-webhooks', secret: { $secret: `${name}-key` } };
  const { id, document } = await created(intoALog(name));
  await api.call('deploy', { params: { id } });
  const refused = aPipeline(name).with(webhook('in', { verify })).pulledBy({ id: 'out', type: 'log' }).document();
  await api.call('saveDraft', { params: { id }, body: refused, headers: { 'if-match': '*' } });
  const { engine, versions } = api.parts;
  const considering = engine.deploy.bind(engine);
  const deploy = vi.spyOn(engine, 'deploy').mockImplementation(async (request) => {
    // Somebody looks at the version while the engine considers it.
    expect((await versions.find(id, 2))?.document).toEqual(refused);
    return considering(request);
  });
  expect((await api.refusal('deploy', { params: { id } })).status).toBe(422);
  deploy.mockRestore();
  expect(await versions.find(id, 2)).toBeUndefined();
  const next = { ...document, title: 'Next' };
  await api.call('saveDraft', { params: { id }, body: next, headers: { 'if-match': '*' } });
  expect((await api.call<Deployed>('deploy', { params: { id } })).body.version).toBe(2);
  expect((await api.parts.versions.find(id, 2))?.document).toEqual(next);
});

test('two pipelines are not in operation under one name, whatever their drafts are called', async () => {
  const old = await created();
  await api.call('deploy', { params: { id: old.id } });
  await api.call('saveDraft', {
    params: { id: old.id },
    body: { ...old.document, name: aName() },
    headers: { 'if-match': '*' },
  });
  const heir = await created(intoALog(old.name));
  const { status, body } = await api.refusal('deploy', { params: { id: heir.id } });
  expect([status, body.code]).toEqual([409, 'name-in-use']);
  expect(await history(heir.id)).toEqual({ latest: null, numbers: [] });
  await api.call('deploy', { params: { id: old.id } });
  expect((await api.call<Deployed>('deploy', { params: { id: heir.id } })).body.state).toBe('running');
});

test('after a start what can run runs, and what cannot says why without holding it up', async () => {
  const name = aName();
  const verify = { scheme: 'standard-webhooks', secret: { $secret: `${name}-key` } };
  await api.call('putSecret', {
    params: { name: `${name}-key` },
    body: { value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  });
  const broken = await created(
    aPipeline(name).with(webhook('in', { verify })).pulledBy({ id: 'out', type: 'log' }).document(),
  );
  const [paused, stopped, well] = [await created(), await created(), await created()];
  for (const { id } of [broken, paused, stopped, well]) await api.call('deploy', { params: { id } });
  await api.call('pause', { params: { id: paused.id } });
  await api.call('stop', { params: { id: stopped.id } });

  // As a new process finds it: nothing in the engine, and a secret that is gone.
  for (const { id } of [broken, paused, well]) await api.parts.engine.stop(id);
  await api.parts.vault.remove(`${name}-key`);
  await redeployAll({ ...api.parts, log: () => undefined });

  const states = async () =>
    Promise.all(
      [broken, paused, stopped, well].map(
        async ({ id }) => (await api.call<Pipeline>('readPipeline', { params: { id } })).body.deployment?.state,
      ),
    );
  expect(await states()).toEqual(['failed', 'paused', 'stopped', 'running']);
  const { body } = await api.call<Pipeline>('readPipeline', { params: { id: broken.id } });
  expect(body.deployment?.detail).toContain(`${name}-key`);
  expect((await api.call<PipelineStatus>('readStatus', { params: { id: broken.id } })).body).toMatchObject({
    state: 'failed',
    verdict: { kind: 'stopped' },
  });
  expect(await post(well.name)).toBe(202);

  await api.call('putSecret', {
    params: { name: `${name}-key` },
    body: { value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  });
  expect(await states()).toEqual(['running', 'paused', 'stopped', 'running']);
});
