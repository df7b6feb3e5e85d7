import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from './index.ts';
import { realClock } from './testing/real-clock.ts';
import { startStoreProcess } from './testing/store-process.ts';

describe('a store whose disk is full', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-full-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  it('refuses the write and every call after it, says so, closes, and has kept what it accepted', async () => {
    const writer = startStoreProcess('write-until-full', dir, { fileBlocksMax: 2_000 });
    expect(await writer.ended(), writer.errors()).toBe(0);
    const isAppended = (line: string): boolean => line.startsWith('appended ');
    const accepted = writer.lines.filter(isAppended).map((line) => line.slice('appended '.length));
    expect(accepted.length).toBeGreaterThan(5);
    expect(writer.lines.filter((line) => !isAppended(line)).toSorted()).toEqual(
      [
        'told store-failed',
        'refused store-failed',
        'late append store-failed',
        'late lease store-failed',
        'late backlog store-failed',
        'told late store-failed',
        'closed',
      ].toSorted(),
    );

    const store = await openLmdbStore({ dir, clock: realClock });
    const waiting = (await store.peek({ source: { queue: 'queue' }, limit: 1_000 })).map(({ message }) => message.id);
    // The message whose write failed is unknown to its sender: there or not.
    expect(waiting.slice(0, accepted.length)).toEqual(accepted);
    expect(waiting.length - accepted.length).toBeLessThanOrEqual(1);
    await store.close();
  });
});
