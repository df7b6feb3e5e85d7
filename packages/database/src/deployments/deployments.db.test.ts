import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { VersionMissingError } from '../database-errors.ts';
import { aPipeline } from '../testing/a-pipeline.ts';
import { testDatabase } from '../testing/test-database.ts';

const at = testDatabase();

async function publishedTwice() {
  const { id, document } = await aPipeline(at.db);
  await at.db.versions.publish({ pipelineId: id, document });
  await at.db.versions.publish({ pipelineId: id, document: { ...document, title: 'Second' } });
  return id;
}

describe('setting a deployment', () => {
  test('makes the one that the pipeline has', async () => {
    const pipelineId = await publishedTwice();
    const set = await at.db.deployments.set({ pipelineId, version: 1, state: 'running' });
    expect(set).toMatchObject({ pipelineId, version: 1, state: 'running' });
    expect(await at.db.deployments.find(pipelineId)).toEqual(set);
    expect(await at.db.deployments.list()).toContainEqual(set);
    expect((await at.db.pipelines.find(pipelineId))?.deployment).toEqual(set);
  });

  test('to another state keeps the time of deployment', async () => {
    const pipelineId = await publishedTwice();
    const running = await at.db.deployments.set({ pipelineId, version: 1, state: 'running' });
    const draining = await at.db.deployments.set({ pipelineId, version: 1, state: 'draining' });
    const paused = await at.db.deployments.set({ pipelineId, version: 1, state: 'paused' });
    const stopped = await at.db.deployments.set({ pipelineId, version: 1, state: 'stopped' });
    const states = [draining, paused, stopped];
    expect(states.map(({ state }) => state)).toEqual(['draining', 'paused', 'stopped']);
    for (const { deployedAt } of states) expect(deployedAt).toEqual(running.deployedAt);
  });

  test('to another version, or a stopped one again, is a new deployment', async () => {
    const pipelineId = await publishedTwice();
    const first = await at.db.deployments.set({ pipelineId, version: 1, state: 'running' });
    await expect.poll(() => Date.now()).toBeGreaterThan(first.deployedAt.getTime());
    const second = await at.db.deployments.set({ pipelineId, version: 2, state: 'running' });
    expect(second.version).toBe(2);
    expect(second.deployedAt.getTime()).toBeGreaterThan(first.deployedAt.getTime());
    await at.db.deployments.set({ pipelineId, version: 2, state: 'stopped' });
    await expect.poll(() => Date.now()).toBeGreaterThan(second.deployedAt.getTime());
    const again = await at.db.deployments.set({ pipelineId, version: 2, state: 'running' });
    expect(again.deployedAt.getTime()).toBeGreaterThan(second.deployedAt.getTime());
  });

  test('by many at the same moment leaves one', async () => {
    const pipelineId = await publishedTwice();
    await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        at.db.deployments.set({ pipelineId, version: 1 + (turn % 2), state: 'running' }),
      ),
    );
    expect((await at.db.deployments.list()).filter((one) => one.pipelineId === pipelineId)).toHaveLength(1);
  });

  test('to a version that was never published fails by name and changes nothing', async () => {
    const pipelineId = await publishedTwice();
    const before = await at.db.deployments.set({ pipelineId, version: 1, state: 'running' });
    for (const version of [3, 0, 2 ** 31]) {
      const setting = at.db.deployments.set({ pipelineId, version, state: 'running' });
      await expect(setting).rejects.toThrow(VersionMissingError);
    }
    expect(await at.db.deployments.find(pipelineId)).toEqual(before);
    const unknown = at.db.deployments.set({ pipelineId: randomUUID(), version: 1, state: 'running' });
    await expect(unknown).rejects.toThrow(VersionMissingError);
  });
});

test('removing a deployment leaves the pipeline and its versions', async () => {
  const pipelineId = await publishedTwice();
  await at.db.deployments.set({ pipelineId, version: 1, state: 'running' });
  await at.db.deployments.remove(pipelineId);
  await at.db.deployments.remove(pipelineId);
  expect(await at.db.deployments.find(pipelineId)).toBeUndefined();
  expect(await at.db.pipelines.find(pipelineId)).toMatchObject({ latestVersion: 2 });
});
