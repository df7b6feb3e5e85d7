import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { PipelineMissingError } from '../database-errors.ts';
import { aDocument } from '../testing/a-document.ts';
import { aPipeline } from '../testing/a-pipeline.ts';
import { testDatabase } from '../testing/test-database.ts';

const at = testDatabase();

describe('publishing', () => {
  test('numbers versions from 1 and keeps each as it was', async () => {
    const { id, document } = await aPipeline(at.db);
    const first = await at.db.versions.publish({ pipelineId: id, document, note: 'Begin' });
    const second = await at.db.versions.publish({ pipelineId: id, document: { ...document, title: 'More' } });
    expect(first).toMatchObject({ pipelineId: id, number: 1, note: 'Begin', document });
    expect(second.number).toBe(2);
    expect(second).not.toHaveProperty('note');
    expect(await at.db.versions.find(id, 1)).toEqual(first);
    expect(await at.db.versions.list(id)).toEqual([second, first]);
    expect((await at.db.pipelines.find(id))?.latestVersion).toBe(2);
  });

  test('a document that differs in its layout only gives the newest version again', async () => {
    const { id, document } = await aPipeline(at.db, { layout: { in: [0, 0], ship: [200, 0] } });
    const first = await at.db.versions.publish({ pipelineId: id, document });
    const moved = { ...document, layout: { in: [40, 80] as [number, number], ship: [200, 0] as [number, number] } };
    expect(await at.db.versions.publish({ pipelineId: id, document: moved })).toEqual(first);
    const { layout: _, ...bare } = document;
    expect(await at.db.versions.publish({ pipelineId: id, document: bare })).toEqual(first);
    expect(await at.db.versions.list(id)).toHaveLength(1);
  });

  test('the order of keys makes no new version, any other change does', async () => {
    const { id, document } = await aPipeline(at.db);
    await at.db.versions.publish({ pipelineId: id, document });
    const turned = Object.fromEntries(Object.entries(document).reverse()) as typeof document;
    expect((await at.db.versions.publish({ pipelineId: id, document: turned })).number).toBe(1);
    expect((await at.db.versions.publish({ pipelineId: id, document: { ...document, notes: 'Why' } })).number).toBe(2);
    expect((await at.db.versions.publish({ pipelineId: id, document })).number).toBe(3);
  });

  test('by many at the same moment leaves no gap and no double', async () => {
    const { id, document } = await aPipeline(at.db);
    const published = await Promise.all(
      Array.from({ length: 24 }, (_, title) =>
        at.db.versions.publish({ pipelineId: id, document: { ...document, title: `T${title}` } }),
      ),
    );
    expect(published.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    for (const version of published) expect(await at.db.versions.find(id, version.number)).toEqual(version);
  });

  test('the same document by many at the same moment makes one version', async () => {
    const { id, document } = await aPipeline(at.db);
    const published = await Promise.all(
      Array.from({ length: 12 }, () => at.db.versions.publish({ pipelineId: id, document })),
    );
    expect(new Set(published.map(({ number }) => number))).toEqual(new Set([1]));
  });

  test('for a pipeline that does not exist fails by name', async () => {
    const publishing = at.db.versions.publish({ pipelineId: randomUUID(), document: aDocument() });
    await expect(publishing).rejects.toThrow(PipelineMissingError);
  });
});

describe('withdrawing', () => {
  test('takes the newest version back, and its number is free again', async () => {
    const { id, document } = await aPipeline(at.db);
    const first = await at.db.versions.publish({ pipelineId: id, document });
    await at.db.versions.publish({ pipelineId: id, document: { ...document, title: 'Refused' } });
    expect(await at.db.versions.withdraw({ pipelineId: id, number: 2 })).toBe(true);
    expect(await at.db.versions.list(id)).toEqual([first]);
    expect((await at.db.pipelines.find(id))?.latestVersion).toBe(1);
    expect((await at.db.versions.publish({ pipelineId: id, document: { ...document, title: 'Next' } })).number).toBe(2);
  });

  test('leaves an older version, a deployed one, and what does not exist', async () => {
    const { id, document } = await aPipeline(at.db);
    await at.db.versions.publish({ pipelineId: id, document });
    await at.db.versions.publish({ pipelineId: id, document: { ...document, title: 'More' } });
    await at.db.deployments.set({ pipelineId: id, version: 2, state: 'stopped' });
    for (const number of [1, 2, 3, 0, -1, 2 ** 31, 1.5])
      expect(await at.db.versions.withdraw({ pipelineId: id, number })).toBe(false);
    expect((await at.db.versions.list(id)).map(({ number }) => number)).toEqual([2, 1]);
    expect(await at.db.deployments.find(id)).toMatchObject({ version: 2 });
  });
});

test('a version that was never published is not found', async () => {
  const { id } = await aPipeline(at.db);
  for (const number of [1, 0, -1, 2 ** 31, 1.5]) expect(await at.db.versions.find(id, number)).toBeUndefined();
});

test('nobody can change a version, not even by SQL', async () => {
  const { id, document } = await aPipeline(at.db);
  await at.db.versions.publish({ pipelineId: id, document });
  const client = new pg.Client(at.url);
  await client.connect();
  try {
    const schema = new URL(at.url).searchParams.get('schema') ?? 'public';
    const update = client.query(`UPDATE "${schema}"."Version" SET note = 'later' WHERE "pipelineId" = $1`, [id]);
    await expect(update).rejects.toThrow('immutable');
  } finally {
    await client.end();
  }
});
