import { roughRun, useStorage, wrongsOf } from '@sluice/simulator/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { lmdbStorage, removeLmdbStorages } from './lmdb-storage.ts';

const SEEDS = Number(process.env['LMDB_SEEDS'] ?? 8);

useStorage(lmdbStorage);
afterEach(removeLmdbStorages);

describe('C1 C2 C4 C11 a random pipeline on LMDB through faults, crashes, pauses and new versions', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('keeps every promise, seed %i', async (seed) => {
    expect(await wrongsOf(await roughRun(seed))).toEqual([]);
  });
});
