import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetter, TraceHop } from '@sluice/engine';
import { createTestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore, openLmdbTraceStore } from './index.ts';

/** More than one turn of a search looks at. */
const MANY = 1_500;

describe('a search that is under way when its store is closed', () => {
  const clock = createTestClock();
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-close-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  it('for dead letters is refused', async () => {
    const store = await openLmdbStore({ dir, clock });
    const letters = Array.from({ length: MANY }, (_, number) => aLetter(number));
    await store.commit(letters.map((letter) => ({ op: 'dead-letter', letter })));
    const search = store.deadLetters({ pipelineId: 'orders', cause: 'never', limit: 1 });
    await Promise.all([store.close(), expect(search).rejects.toMatchObject({ code: 'store-closed' })]);
  });

  it('for the place of a seek is refused', async () => {
    const store = await openLmdbStore({ dir, clock });
    await store.declareLog({ log: 'orders/out', partitions: 1 });
    await store.declareGroup({ log: 'orders/out', group: 'orders/w1', startFrom: 'earliest' });
    const { message } = aLetter(0);
    await store.commit(
      Array.from({ length: MANY }, () => ({
        op: 'publish',
        log: 'orders/out',
        partition: 0,
        message: { ...message, enqueuedAt: clock.now() },
        limit: { bytes: 1_000_000_000 },
      })),
    );
    // It looks at what lies before the first mark, then lets others have their turn.
    const search = store.seek({ log: 'orders/out', group: 'orders/w1', to: { time: clock.now() + 1 } });
    await Promise.all([store.close(), expect(search).rejects.toMatchObject({ code: 'store-closed' })]);
  });

  it('for traces is refused', async () => {
    const store = await openLmdbTraceStore({
      dir,
      clock,
      bounds: { hops: 100_000, bytes: 100_000_000, ageMs: 60_000 },
    });
    const hop: TraceHop = {
      correlationId: 'c',
      messageId: 'm',
      pipelineId: 'orders',
      version: 1,
      nodeId: 'ship',
      kind: 'worked',
      at: clock.now(),
    };
    await store.record(Array.from({ length: MANY }, () => hop));
    const search = store.newest({ pipelineId: 'orders', limit: 2 });
    await Promise.all([store.close(), expect(search).rejects.toMatchObject({ code: 'store-closed' })]);
  });
});

function aLetter(number: number): DeadLetter {
  return {
    id: `d${number}`,
    pipelineId: 'orders',
    nodeId: 'ship',
    version: 1,
    reason: 'permanent',
    error: { code: 'test', message: 'no' },
    cause: 'test',
    attempts: 1,
    history: [],
    message: { id: 'm', key: '', payload: 1, headers: {}, correlationId: '', eventTime: 0, enqueuedAt: 0 },
    deadAt: 0,
  };
}
