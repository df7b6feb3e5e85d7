import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aDocument } from '../testing/a-document.ts';
import { aPipeline } from '../testing/a-pipeline.ts';
import { testDatabase } from '../testing/test-database.ts';

const at = testDatabase();

describe('creating a pipeline', () => {
  test('stores the document as revision 1 under its own name', async () => {
    const document = aDocument({ title: 'Order intake' });
    const created = await at.db.pipelines.create({ document });
    expect(created).toMatchObject({
      ok: true,
      pipeline: { name: document.name, title: 'Order intake', revision: 1, document },
    });
  });

  test('shows the name where the document has no title', async () => {
    const pipeline = await aPipeline(at.db);
    expect(pipeline.title).toBe(pipeline.name);
  });

  test('is refused for a name that is taken', async () => {
    const { name } = await aPipeline(at.db);
    expect(await at.db.pipelines.create({ document: aDocument({ name }) })).toEqual({
      ok: false,
      reason: 'name-taken',
    });
  });

  test('of two at the same moment under one name lets one through', async () => {
    const document = aDocument();
    const results = await Promise.all([at.db.pipelines.create({ document }), at.db.pipelines.create({ document })]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

describe('a stored document', () => {
  test('comes back as it was, key by key', async () => {
    const config = {
      zebra: 1,
      apple: { $secret: 'orders' },
      // Spellings that mean something to Prisma or to PostgreSQL elsewhere.
      like: [
        { $type: 'Json', value: '{}' },
        { prisma__type: 'param', prisma__value: { name: 'x' } },
        { $fieldRef: 'id' },
      ],
      text: 'a \u0000 b \u{1F4A7} "quoted" \\ back',
      numbers: [0.1, 1e21, -0.5, 9007199254740991],
      nothing: null,
    };
    const { id } = await aPipeline(at.db, { nodes: [{ id: 'in', type: 'generator', config }] });
    const found = await at.db.pipelines.find(id);
    expect(JSON.stringify(found?.document.nodes[0]?.config)).toBe(JSON.stringify(config));
  });

  test('may hold what PostgreSQL cannot keep as text', async () => {
    const { id } = await aPipeline(at.db, { title: 'nul \0 nul', notes: 'half a pair \uD83D' });
    const found = await at.db.pipelines.find(id);
    expect(found?.document).toMatchObject({ title: 'nul \0 nul', notes: 'half a pair \uD83D' });
    expect(found?.title).toBe('nul \uFFFD nul');
  });

  test('has no trace of fields that were undefined', async () => {
    const document = { ...aDocument(), title: undefined } as unknown as ReturnType<typeof aDocument>;
    const created = await at.db.pipelines.create({ document });
    expect(created.ok && Object.keys(created.pipeline.document)).not.toContain('title');
  });
});

describe('finding a pipeline', () => {
  test('takes its id or its name', async () => {
    const pipeline = await aPipeline(at.db);
    expect(await at.db.pipelines.find(pipeline.id)).toEqual(pipeline);
    expect(await at.db.pipelines.find(pipeline.name)).toEqual(pipeline);
  });

  test('prefers an id to the equal name of another one', async () => {
    const wanted = await aPipeline(at.db);
    const namesake = await aPipeline(at.db, { name: wanted.id });
    expect((await at.db.pipelines.find(wanted.id))?.id).toBe(wanted.id);
    await at.db.pipelines.remove(wanted.id);
    expect((await at.db.pipelines.find(wanted.id))?.id).toBe(namesake.id);
  });

  test('gives nothing for an unknown one', async () => {
    expect(await at.db.pipelines.find(randomUUID())).toBeUndefined();
    expect(await at.db.pipelines.find('a\0b')).toBeUndefined();
  });
});

describe('listing pipelines', () => {
  test('is by name, each with its deployment and newest version', async () => {
    const plain = await aPipeline(at.db, { name: `list-b-${randomUUID()}` });
    const deployed = await aPipeline(at.db, { name: `list-a-${randomUUID()}` });
    await at.db.versions.publish({ pipelineId: deployed.id, document: deployed.document });
    await at.db.versions.publish({ pipelineId: deployed.id, document: { ...deployed.document, title: 'Second' } });
    const deployment = await at.db.deployments.set({ pipelineId: deployed.id, version: 1, state: 'paused' });

    const listed = (await at.db.pipelines.list()).filter(({ name }) => name.startsWith('list-'));
    expect(listed).toEqual([{ ...deployed, deployment, latestVersion: 2 }, plain]);
  });
});

describe('saving a draft', () => {
  test('replaces the document and raises the revision', async () => {
    const { id, document, createdAt } = await aPipeline(at.db);
    const changed = { ...document, title: 'Changed' };
    const saved = await at.db.pipelines.saveDraft({ id, document: changed, revision: 1 });
    expect(saved).toMatchObject({
      ok: true,
      pipeline: { id, revision: 2, title: 'Changed', document: changed, createdAt },
    });
    expect(saved.ok && saved.pipeline).toEqual(await at.db.pipelines.find(id));
  });

  test('from an older revision is stale, changes nothing and shows what is there', async () => {
    const { id, document } = await aPipeline(at.db);
    const first = await at.db.pipelines.saveDraft({ id, document: { ...document, title: 'First' }, revision: 1 });
    const second = await at.db.pipelines.saveDraft({ id, document: { ...document, title: 'Second' }, revision: 1 });
    expect(second).toEqual({ ok: false, reason: 'stale', current: first.ok && first.pipeline });
    expect((await at.db.pipelines.find(id))?.title).toBe('First');
  });

  test.for([0, -1, 2 ** 31, 1e300, Number.NaN])('from revision %s, which never was, is stale', async (revision) => {
    const { id, document } = await aPipeline(at.db);
    expect(await at.db.pipelines.saveDraft({ id, document, revision })).toMatchObject({ ok: false, reason: 'stale' });
  });

  test('by many at the same moment from one revision succeeds once', async () => {
    const { id, document } = await aPipeline(at.db);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, save) =>
        at.db.pipelines.saveDraft({ id, document: { ...document, title: `Save ${save}` }, revision: 1 }),
      ),
    );
    const winners = results.filter((result) => result.ok);
    expect(winners).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.reason === 'stale')).toHaveLength(11);
    expect(await at.db.pipelines.find(id)).toEqual(winners[0]?.pipeline);
  });

  test('may rename, but not to a name that is taken', async () => {
    const other = await aPipeline(at.db);
    const pipeline = await aPipeline(at.db);
    const renamed = aDocument();
    expect(await at.db.pipelines.saveDraft({ id: pipeline.id, document: renamed, revision: 1 })).toMatchObject({
      ok: true,
    });
    const refused = await at.db.pipelines.saveDraft({
      id: pipeline.id,
      document: { ...renamed, name: other.name },
      revision: 2,
    });
    expect(refused).toMatchObject({ ok: false, reason: 'name-taken', current: { name: renamed.name, revision: 2 } });
    expect(await at.db.pipelines.find(pipeline.name)).toBeUndefined();
  });

  test('of a pipeline that is gone is not found', async () => {
    const { id, document } = await aPipeline(at.db);
    await at.db.pipelines.remove(id);
    expect(await at.db.pipelines.saveDraft({ id, document, revision: 1 })).toEqual({ ok: false, reason: 'not-found' });
  });
});

describe('removing a pipeline', () => {
  test('takes its versions and its deployment with it, and frees its name', async () => {
    const { id, document } = await aPipeline(at.db);
    await at.db.versions.publish({ pipelineId: id, document });
    await at.db.deployments.set({ pipelineId: id, version: 1, state: 'running' });
    expect(await at.db.pipelines.remove(id)).toBe(true);
    expect(await at.db.pipelines.find(id)).toBeUndefined();
    expect(await at.db.versions.list(id)).toEqual([]);
    expect(await at.db.deployments.find(id)).toBeUndefined();
    expect(await at.db.pipelines.create({ document })).toMatchObject({ ok: true });
  });

  test('says when there was none', async () => {
    expect(await at.db.pipelines.remove(randomUUID())).toBe(false);
  });
});
