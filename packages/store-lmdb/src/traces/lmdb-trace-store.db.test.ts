import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TraceBounds, TraceHop } from '@sluice/engine';
import { createTestClock, describeTraceStore } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabaseFile } from '../database-file.ts';
import { startStoreProcess } from '../testing/store-process.ts';
import { openLmdbTraceStore } from './open-lmdb-trace-store.ts';

describeTraceStore({
  name: 'lmdb',
  capabilities: { restarts: true },
  create: async ({ clock, bounds }) => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-traces-'));
    let store = await openLmdbTraceStore({ dir, clock, bounds });
    return {
      store,
      async reopen(others) {
        await store.close();
        store = await openLmdbTraceStore({ dir, clock, bounds: others });
        return store;
      },
      async dispose() {
        await store.close();
        await rm(dir, { recursive: true });
      },
    };
  },
});

const BOUNDS: TraceBounds = { hops: 1_000, bytes: 1_000_000, ageMs: 1_000 };

describe('traces on disk', () => {
  const clock = createTestClock();
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-traces-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });
  const aHop = (correlationId: string): TraceHop => ({
    correlationId,
    messageId: `message of ${correlationId}`,
    pipelineId: 'orders',
    version: 3,
    nodeId: 'ship',
    kind: 'worked',
    at: clock.now(),
    keys: ['k', correlationId],
  });

  it('leave nothing but their counts when they are too old', async () => {
    const store = await openLmdbTraceStore({ dir, clock, bounds: BOUNDS });
    await store.record(Array.from({ length: 1_500 }, (_, number) => aHop(`c${number}`)));
    clock.advance(BOUNDS.ageMs + 1);
    expect(await store.usage()).toEqual({ hops: 0, bytes: 0 });
    await store.close();
    const file = openDatabaseFile(join(dir, 'traces.lmdb'), ['hops', 'index']);
    expect([...file.databases.hops.getKeys()]).toEqual([]);
    expect([...file.databases.index.getKeys()].map((key) => Buffer.from(key).toString('hex'))).toEqual(['00']);
    await file.close();
  });

  it('are refused once they are closed, and what was being recorded is there', async () => {
    const store = await openLmdbTraceStore({ dir, clock, bounds: BOUNDS });
    const recording = [store.record([aHop('a')]), store.record([aHop('b')])];
    await Promise.all([store.close(), ...recording]);
    await store.close();
    for (const call of [
      store.record([aHop('c')]),
      store.trace('a'),
      store.find({ pipelineId: 'orders', key: 'k', limit: 1 }),
      store.newest({ pipelineId: 'orders', limit: 1 }),
      store.usage(),
      store.forgetPipeline('orders'),
    ])
      await expect(call).rejects.toMatchObject({ code: 'store-closed' });
    const again = await openLmdbTraceStore({ dir, clock, bounds: BOUNDS });
    expect((await again.usage()).hops).toBe(2);
    await again.close();
  });

  it('belong to one store at a time', async () => {
    const store = await openLmdbTraceStore({ dir, clock, bounds: BOUNDS });
    await expect(openLmdbTraceStore({ dir, clock, bounds: BOUNDS })).rejects.toMatchObject({ code: 'data-dir-in-use' });
    await store.close();
  });

  it('in a damaged file are refused, and the folder is free again', async () => {
    await writeFile(join(dir, 'traces.lmdb'), 'not a database at all, but long enough to look like one');
    await expect(openLmdbTraceStore({ dir, clock, bounds: BOUNDS })).rejects.toMatchObject({
      code: 'data-dir-unusable',
    });
    await rm(join(dir, 'traces.lmdb'));
    await (await openLmdbTraceStore({ dir, clock, bounds: BOUNDS })).close();
  });

  it('on a full disk are refused one by one, and cost nothing that was there', async () => {
    const writer = startStoreProcess('write-traces-until-full', dir, { fileBlocksMax: 2_000 });
    expect(await writer.ended(), writer.errors()).toBe(0);
    expect(writer.lines).toEqual(['refused', 'refused again', 'reads what is there', 'counts what is there', 'closed']);
  });
});
