import { writeSync } from 'node:fs';
import type { DeadLetter, Lease, LeaseSource, StoreOperation } from '@sluice/engine';
import { type LmdbStore, openLmdbStore } from '../index.ts';
import { realClock } from './real-clock.ts';

/**
 * Appends, leases and settles as fast as it can, and tells of each message, in order: "try append", "appended" once the
 * commit is answered, "try settle", "settled" once that is answered. Some messages it puts back, some it keeps in hand,
 * some it gives up: their letters are taken away later, or replaced.
 */
const LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };
const run = process.pid;
const tell = (what: string, ...ids: readonly string[]): void => {
  writeSync(1, ids.map((id) => `${what} ${id}\n`).join('')); // at once: a buffered line would be lost with the process
};

const store = await openLmdbStore({ dir: process.argv[2] ?? '', clock: realClock });
await store.declareLog({ log: 'log', partitions: 2 });
await store.declareGroup({ log: 'log', group: 'group', startFrom: 'earliest' });
await Promise.all([
  ...[1, 2, 3].map((lane) =>
    produce(store, `plain-${lane}`, (message) => ({
      op: 'append',
      queue: 'queue',
      message,
      priority: 3 * lane,
      limit: LIMIT,
    })),
  ),
  ...[4, 5].map((lane) =>
    produce(store, `grouped-${lane}`, (message) => ({
      op: 'append',
      queue: 'queue',
      message,
      group: `group ${lane}`,
      limit: LIMIT,
    })),
  ),
  produce(store, 'published', (message, number) => ({
    op: 'publish',
    log: 'log',
    partition: number % 2,
    message,
    limit: LIMIT,
  })),
  consume(store, { kind: 'queue', queue: 'queue' }),
  consume(store, { kind: 'queue', queue: 'queue' }),
  consume(store, { kind: 'group', log: 'log', group: 'group', partition: 0 }),
  consume(store, { kind: 'group', log: 'log', group: 'group', partition: 1 }),
]);

type Put = (message: (StoreOperation & { op: 'append' })['message'], number: number) => StoreOperation;

async function produce(target: LmdbStore, lane: string, put: Put): Promise<never> {
  for (let number = 0; ; number += 3) {
    const ids = [number, number + 1, number + 2].map((one) => `${lane}-${run}-${one}`);
    tell('try append', ...ids);
    const operations = ids.map((id, index) =>
      put(
        {
          id,
          key: lane,
          payload: { id, pad: 'x'.repeat(200) },
          headers: {},
          correlationId: id,
          eventTime: 0,
          enqueuedAt: number,
        },
        number + index,
      ),
    );
    const result = await target.commit([
      ...operations,
      { op: 'remember', scope: lane, key: ids[0] ?? '', messageId: ids[0] ?? '', expiresAt: Date.now() + 3_600_000 },
    ]);
    if (!result.ok) throw new Error(`refused: ${result.reason}`);
    tell('appended', ...ids);
  }
}

async function consume(target: LmdbStore, source: LeaseSource): Promise<never> {
  for (let round = 0; ; round += 1) {
    const { leases } = await target.lease({ source, max: 5, leaseMs: 60_000 });
    if (leases.length === 0) await new Promise(setImmediate);
    const [, done, back] = split(source, leases, round);
    tell('try settle', ...done.map(({ message }) => message.id));
    const result = await target.commit([
      ...done.map((lease) => ({ op: 'ack', lease }) as const),
      ...done.filter((_, index) => index === round % 5).map((lease) => giveUp(lease, round)),
      ...back.map(
        (lease) =>
          ({
            op: 'retry',
            lease,
            dueAt: Date.now() + (round % 3) * 5,
            failure: { attempt: lease.message.attempt, at: Date.now(), code: 'test', message: 'again' },
          }) as const,
      ),
    ]);
    if (!result.ok) throw new Error(`refused: ${result.reason}`);
    tell('settled', ...done.map(({ message }) => message.id));
    if (round % 4 === 0) await takeSome(target);
  }
}

function giveUp({ message: { attempt, ...message } }: Lease, round: number): StoreOperation {
  const letter: DeadLetter = {
    id: round % 3 === 0 ? `again ${round % 30}` : message.id,
    pipelineId: 'pipeline',
    nodeId: `node ${round % 2}`,
    version: 1,
    reason: 'permanent',
    error: { code: 'test', message: 'given up' },
    cause: `cause ${round % 7}`,
    attempts: attempt,
    history: [],
    message,
    deadAt: Date.now(),
  };
  return { op: 'dead-letter', letter };
}

/** What another consumer took first stays taken: then this takes nothing. */
async function takeSome(target: LmdbStore): Promise<void> {
  const letters = await target.deadLetters({ pipelineId: 'pipeline', limit: 3 });
  await target.commit(letters.map(({ id }) => ({ op: 'take-letter', pipelineId: 'pipeline', letterId: id }) as const));
}

/** What is kept in hand, settled and put back. A partition would stand still behind what is kept, so there nothing is. */
function split(
  source: LeaseSource,
  leases: readonly Lease[],
  round: number,
): readonly [readonly Lease[], readonly Lease[], readonly Lease[]] {
  if (source.kind === 'group') return [[], leases.slice(0, 3), leases.slice(3)];
  return [
    leases.filter(({ message }) => message.id.startsWith('plain') && round % 20 === 0),
    ...halves(leases.filter(({ message }) => !message.id.startsWith('plain') || round % 20 !== 0)),
  ];
}

function halves(leases: readonly Lease[]): readonly [readonly Lease[], readonly Lease[]] {
  return [leases.slice(0, 4), leases.slice(4)];
}
