import path from 'node:path';
import type { MessageStore, StoredMessage } from '@sluice/engine';
import { createSystemClock } from '@sluice/runtime';
import { openLmdbStore } from '@sluice/store-lmdb';
import { orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import { hopProgram } from './hop-work.ts';
import { wavesThrough, type AskedQueue } from './waves-through.ts';

const QUEUE = 'bench/queue';
const LIMIT = { messages: 1_000_000_000, bytes: Number.MAX_SAFE_INTEGER };
const LEASE_MS = 60_000;

/** The store as the engine uses it: one commit per message, put together into transactions by the store itself. */
export async function openStoreHop(setting: {
  readonly folder: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  const clock = createSystemClock();
  const store = await openLmdbStore({ dir: path.join(setting.folder, 'store'), clock });
  let runs = 0;
  const queue: AskedQueue = {
    async append(first, count) {
      const run = runs;
      await Promise.all(
        Array.from({ length: count }, (_, index) => append(store, messageOf(first + index, { run, now: clock.now() }))),
      );
    },
    async consume(max) {
      const { leases } = await store.lease({ source: { kind: 'queue', queue: QUEUE }, max, leaseMs: LEASE_MS });
      await Promise.all(
        leases.map(async (lease) => {
          const acknowledged = await store.commit([{ op: 'ack', lease }]);
          if (!acknowledged.ok) throw new Error(`an acknowledgement was refused: ${acknowledged.reason}`);
        }),
      );
      return leases.map(({ message }) => orderNumber(message.payload));
    },
  };
  return hopProgram(
    {
      run(count, tally) {
        runs += 1;
        return wavesThrough(queue, count, tally);
      },
      close: () => store.close(),
    },
    setting.messages,
  );
}

async function append(store: MessageStore, message: StoredMessage): Promise<void> {
  const appended = await store.commit([{ op: 'append', queue: QUEUE, message, limit: LIMIT }]);
  if (!appended.ok) throw new Error(`an append was refused: ${appended.reason}`);
}

function messageOf(number: number, { run, now }: { readonly run: number; readonly now: number }): StoredMessage {
  const id = `${run}-${number}`;
  const payload = orderEvent(number);
  return { id, key: payload.customer, payload, headers: {}, correlationId: id, eventTime: now, enqueuedAt: now };
}
