import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMessageStore } from '@sluice/engine/contracts';
import { openLmdbStore } from './open-lmdb-store.ts';

describeMessageStore({
  name: 'lmdb',
  capabilities: { restarts: true },
  modelRuns: 50, // each command waits for the disk
  create: async (clock) => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-store-'));
    let store = await openLmdbStore({ dir, clock });
    return {
      store,
      async reopen(how) {
        await store[how]();
        store = await openLmdbStore({ dir, clock });
        return store;
      },
      async dispose() {
        await store.close();
        await rm(dir, { recursive: true });
      },
    };
  },
});
