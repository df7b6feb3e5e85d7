import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LmdbStore, openLmdbStore } from './index.ts';
import { realClock } from './testing/real-clock.ts';

const LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };

let dir: string;
let store: LmdbStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-free-'));
  store = await openLmdbStore({ dir, clock: realClock });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

async function append(count: number): Promise<void> {
  const payload = 'x'.repeat(2_000);
  for (let number = 0; number < count; number += 100) {
    const messages = Array.from({ length: 100 }, (_, index) => `m${number + index}`);
    await store.commit(
      messages.map((id) => ({
        op: 'append',
        queue: 'queue',
        message: { id, key: '', payload, headers: {}, correlationId: id, eventTime: 0, enqueuedAt: 0 },
        limit: LIMIT,
      })),
    );
  }
}

const fileBytes = async (): Promise<number> => (await stat(join(dir, 'messages.lmdb'))).size;

test('what was taken out of the file is free to be written again, and filling it up does not make the file grow', async () => {
  await append(5_000);
  const full = await fileBytes();
  const before = store.freeBytes();
  expect(before).toBeLessThan(full / 10);
  await store.purge('queue');
  expect(store.freeBytes()).toBeGreaterThan(full / 2);
  expect(store.freeBytes()).toBeLessThanOrEqual(await fileBytes());

  await append(2_500);
  expect(await fileBytes()).toBeLessThan(full * 1.1);
});
