import { Batch } from './batch.ts';
import { countExpired, type Instant, putBackHeld, putBackRun } from './put-back.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Link } from './link.ts';
import type { QueueState } from './queue-state.ts';
import { readTried } from './tried-records.ts';
import type { StoreState } from './store-state.ts';
import { AcknowledgedDataLostError } from './store-errors.ts';
import { partitionStream, queueStream, type StreamName } from './streams.ts';
import { makeWritesAgain, type StreamEnds, type Write } from './writes.ts';

/** Writes of so many entries are made again together. */
const WRITES_AT_ONCE = 2_000;

/** Makes all writes again that the journal tells of behind a message, where they may be missing. */
export async function makeJournalAgain(link: Link, journal: Journal, after: number): Promise<void> {
  await goThrough(link, journal, { after, apply: () => undefined });
}

/** The same, and applies to the state what came after its checkpoint. */
export async function recoverFromJournal(
  link: Link,
  journal: Journal,
  { after, state, journalled }: { readonly after: number; readonly state: StoreState; readonly journalled: number },
): Promise<void> {
  await goThrough(link, journal, {
    after,
    apply: ({ effects, end }) => {
      if (end > journalled) for (const effect of effects) state.apply(effect);
    },
  });
}

async function goThrough(
  link: Link,
  journal: Journal,
  options: { readonly after: number; readonly apply: (entry: JournalEntry & { readonly end: number }) => void },
): Promise<void> {
  const known: StreamEnds = new Map();
  let writes: Write[] = [];
  for await (const entry of journal.readAfter(options.after)) {
    options.apply(entry);
    writes.push(...entry.writes);
    if (writes.length < WRITES_AT_ONCE) continue;
    await makeWritesAgain(link, writes, known);
    writes = [];
  }
  await makeWritesAgain(link, writes, known);
}

/** Streams that are asked for their ends at once. */
const STREAMS_AT_ONCE = 64;

/** Rejects when a queue or partition does not end where the state says. */
export async function assertStreamsReach(link: Link, state: StoreState): Promise<void> {
  const expected: (readonly [stream: StreamName, last: number])[] = [];
  for (const { number, next } of state.queues.values()) expected.push([queueStream(number), next - 1]);
  for (const { number, partitions } of state.logs.values())
    for (const [partition, { next }] of partitions.entries()) expected.push([partitionStream(number, partition), next]);
  for (let start = 0; start < expected.length; start += STREAMS_AT_ONCE)
    await Promise.all(
      expected.slice(start, start + STREAMS_AT_ONCE).map(async ([stream, last]) => {
        const found = (await link.ends(stream))?.last ?? 0;
        if (found < last)
          throw new AcknowledgedDataLostError(`${link.prefix}-${stream}`, { acknowledged: last, found });
        if (found > last)
          throw new AcknowledgedDataLostError(`${link.prefix}-journal`, { acknowledged: found, found: last });
      }),
    );
}

/** Everything that was in hand when the process died is ready again, and counts the crash and the attempt. */
export async function takeBackAfterCrash(link: Link, batch: Batch): Promise<void> {
  const { state } = batch;
  for (const queue of state.queues.values()) await readWhatWasTried(link, queue);
  for (const queue of state.queues.values())
    for (const held of queue.held.values())
      putBackHeld(batch, queue, held, {
        ...held.tried,
        attempts: held.tried.attempts + 1,
        crashes: held.tried.crashes + 1,
      });
  for (const log of state.logs.values())
    for (const group of log.groups.values())
      for (const reader of group.readers) {
        const { recordedRun: run } = reader;
        if (run !== null)
          putBackRun(batch, reader, (offset, tried) =>
            offset >= run.from && offset < run.from + run.count
              ? { ...tried, attempts: tried.attempts + 1, crashes: tried.crashes + 1 }
              : tried,
          );
      }
}

/** Everything that is in hand is ready again, and counts only where its time has run out. */
export function takeBackOnClose(batch: Batch, { monotonicMs }: Instant): void {
  const { state } = batch;
  for (const queue of state.queues.values()) {
    queue.markExpired(monotonicMs);
    for (const held of queue.held.values())
      putBackHeld(
        batch,
        queue,
        held,
        held.isExpired ? { ...held.tried, attempts: held.tried.attempts + 1 } : held.tried,
      );
  }
  for (const log of state.logs.values())
    for (const group of log.groups.values())
      for (const reader of group.readers) putBackRun(batch, reader, countExpired(reader.run, monotonicMs));
}

async function readWhatWasTried(link: Link, queue: QueueState): Promise<void> {
  await Promise.all(
    [...queue.held.values()].map(async (held) => {
      if (held.isTried) held.tried = await readTried(link, queue.number, held.position);
    }),
  );
}
