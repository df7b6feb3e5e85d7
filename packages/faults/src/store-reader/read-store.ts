import type { MessageStore, PeekedMessage } from '@sluice/engine';
import { createSystemClock } from '@sluice/runtime';
import { openLmdbStore } from '@sluice/store-lmdb';
import type { Value } from '../load/value.ts';

const PAGE = 500;

export interface StoreContent {
  /** Messages that are not settled. */
  readonly ids: readonly string[];
  /** What cannot be if every commit is there in full or not at all. */
  readonly complaints: readonly string[];
}

/**
 * Opens the folder of a store as after a loss of power, that is, at the last commit that was flushed, and reads all that
 * waits.
 */
export async function readStore(dir: string): Promise<StoreContent> {
  // LMDB looks at this when it opens; without it, the same boot of the same machine passes for a mere kill.
  process.env['LMDB_RESTORE'] = 'safe';
  const store = await openLmdbStore({ dir, clock: createSystemClock() });
  try {
    const complaints: string[] = [];
    const ids = new Set<string>();
    const queues = await store.queues('');
    const groups = await store.groups('');
    for (const source of [...queues.map((queue) => ({ queue })), ...groups]) {
      const name = 'queue' in source ? source.queue : source.group;
      const waiting = await waitingIn(store, source);
      for (const { message } of waiting) {
        if (ids.has(message.id)) complaints.push(`message ${message.id} waits twice`);
        ids.add(message.id);
        // The key of its webhook was stored in the same commit.
        const { id } = message.payload as unknown as Value; // our own senders made it
        const scope = `${name.slice(0, name.lastIndexOf('/'))}/in`;
        if ((await store.recall(scope, id)) !== message.id)
          complaints.push(`${id} waits, but its idempotency key is not known`);
      }
      const { messages } = await store.backlog(source);
      if (messages !== waiting.length)
        complaints.push(`${name} counts ${messages} messages and holds ${waiting.length}`);
      complaints.push(...gapsIn(waiting).map((gap) => `${name}: ${gap}`));
    }
    return { ids: [...ids], complaints };
  } finally {
    await store.close();
    delete process.env['LMDB_RESTORE'];
  }
}

async function waitingIn(
  store: MessageStore,
  source: Parameters<MessageStore['backlog']>[0],
): Promise<readonly PeekedMessage[]> {
  const all: PeekedMessage[] = [];
  for (let after: { position: number; partition?: number } | undefined; ;) {
    const page = await store.peek({ source, limit: PAGE, ...(after === undefined ? {} : { after }) });
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined) return all;
    after = { position: last.position, ...(last.partition === undefined ? {} : { partition: last.partition }) };
  }
}

/** A sender sends a value only when the one before is kept, and a key is delivered in order: what waits of it has no gaps. */
function gapsIn(waiting: readonly PeekedMessage[]): readonly string[] {
  const last = new Map<string, number>();
  return waiting.flatMap(({ message }) => {
    const { key, seq, id } = message.payload as unknown as Value; // our own senders made it
    const before = last.get(key);
    last.set(key, seq);
    return before === undefined || seq === before + 1 ? [] : [`${id} waits behind ${key}-${before}`];
  });
}
