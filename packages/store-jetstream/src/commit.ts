import type { CommitResult, Lease } from '@sluice/engine';
import type { Batch } from './batch.ts';
import { fullPlace } from './check-limits.ts';
import { keepLetter, letterName, type LetterRecord, takeLetter } from './dead-letters.ts';
import { rememberKey } from './idempotency-keys.ts';
import type { Reader } from './log-state.ts';
import { encodeInLog } from './message-codec.ts';
import type { Prepared, PreparedCommit, Settlement } from './prepare-commit.ts';
import type { Held, QueueState } from './queue-state.ts';
import type { CommitReads } from './read-for-commit.ts';
import { settleOnQueue } from './settle-queue.ts';
import { ackOutOfOrder, type PartitionSettlements, settleInPartition } from './settle-partition.ts';
import { cursorSubject, partitionStream, partitionSubject, queueStream, queueSubject } from './streams.ts';

/** What the check has found, so that nothing is looked up twice. */
interface Found {
  /** By settlement; those on queues only. */
  readonly held: Map<Settlement, { readonly queue: QueueState; readonly held: Held }>;
  readonly partitions: Map<Reader, PartitionSettlements>;
}

/** Checks everything, in the order dedupe, leases, letters, limits; then adds everything. Throws only before it adds anything. */
export function commit(batch: Batch, { operations }: PreparedCommit, reads: CommitReads): CommitResult {
  for (const operation of operations) {
    if (operation.op !== 'remember') continue;
    const messageId = reads.known.get(operation.hash);
    if (messageId !== undefined) return { ok: false, reason: 'duplicate', messageId };
  }
  const found: Found = { held: new Map(), partitions: new Map() };
  const lost = lostLease(batch, operations, found);
  if (lost !== undefined) return { ok: false, reason: 'lease-lost', lease: lost };
  const gone = goneLetter(operations, reads);
  if (gone !== undefined) return { ok: false, reason: 'letter-gone', letterId: gone };
  const full = fullPlace(batch.state, operations, { reads, bytesHeld: (of) => found.held.get(of)?.held.bytes ?? 0 });
  if (full !== undefined) return { ok: false, reason: 'full', at: full };
  add(batch, operations, { found, reads });
  return { ok: true };
}

/** Finds what the settlements settle. Answers the first lease that is not held, or that would be acked too early. */
function lostLease({ state }: Batch, operations: readonly Prepared[], found: Found): Lease | undefined {
  const tokens = new Set<number>();
  for (const operation of operations) {
    if (operation.op !== 'settle' && operation.op !== 'require-lease') continue;
    const { lease } = operation.of;
    const { source, position, token } = lease;
    if (source.kind === 'queue') {
      const queue = state.queues.get(source.queue);
      const held = queue?.heldUnder(position, token);
      if (queue === undefined || held === undefined) return lease;
      if (operation.op === 'settle') found.held.set(operation.of, { queue, held });
    } else {
      const reader = state.reader(source);
      if (reader?.held(position, token) === undefined) return lease;
      if (operation.op === 'settle') addSettlement(found.partitions, reader, operation.of);
    }
    if (operation.op === 'require-lease') continue;
    if (tokens.has(token)) return lease; // settled by this very commit
    tokens.add(token);
  }
  for (const [reader, { acks }] of found.partitions) {
    const tooEarly = ackOutOfOrder(reader, acks);
    if (tooEarly !== undefined) return tooEarly;
  }
  return undefined;
}

function addSettlement(partitions: Map<Reader, PartitionSettlements>, reader: Reader, settlement: Settlement): void {
  const own = partitions.get(reader) ?? { acks: [], retries: [], releases: [] };
  partitions.set(reader, own);
  if (settlement.op === 'ack') own.acks.push(settlement.lease);
  else if (settlement.op === 'retry') own.retries.push(settlement);
  else own.releases.push(settlement);
}

/** The first letter that a `take-letter` does not find, or that the commit takes twice. */
function goneLetter(operations: readonly Prepared[], { letters }: CommitReads): string | undefined {
  const taken = new Set<string>();
  for (const operation of operations) {
    if (operation.op !== 'take-letter') continue;
    const name = letterName(operation.of.pipelineId, operation.hash);
    if (taken.has(name) || !letters.has(name)) return operation.of.letterId;
    taken.add(name);
  }
  return undefined;
}

function add(
  batch: Batch,
  operations: readonly Prepared[],
  { found, reads }: { readonly found: Found; readonly reads: CommitReads },
): void {
  const remembered = new Set<string>();
  const letters = new Map<string, LetterRecord>(reads.letters);
  // What is taken was there before: a letter that the same commit keeps under that id stays.
  for (const operation of operations)
    if (operation.op === 'take-letter')
      takeLetter(batch, letters, { pipelineId: operation.of.pipelineId, hash: operation.hash });
  for (const operation of operations) {
    switch (operation.op) {
      case 'append':
        append(batch, operation);
        break;
      case 'publish':
        publish(batch, operation);
        break;
      case 'settle': {
        const on = found.held.get(operation.of);
        if (on !== undefined)
          settleOnQueue(batch, { ...on, settlement: operation.of, next: reads.nextInGroup.get(on.held) });
        break;
      }
      case 'dead-letter':
        keepLetter(batch, letters, { letter: operation.of.letter, hash: operation.hash });
        break;
      case 'cursor':
        batch.put('records', cursorSubject(operation.hash), operation.text);
        break;
      case 'drop-cursor':
        batch.forget('records', cursorSubject(operation.hash));
        break;
      case 'remember':
        if (!remembered.has(operation.hash)) rememberKey(batch, operation); // twice in one commit: the first counts
        remembered.add(operation.hash);
        break;
      case 'require-lease':
      case 'take-letter':
        break; // checked, or done above
      default:
        operation satisfies never;
    }
  }
  for (const [reader, settlements] of found.partitions) settleInPartition(batch, reader, settlements);
}

function append(batch: Batch, { of, text, bytes, kind }: Prepared & { readonly op: 'append' }): void {
  const queue = queueToAppendTo(batch, of.queue);
  const stream = queueStream(queue.number);
  batch.write({ do: 'put', stream, sequence: queue.next, subject: queueSubject(queue.number, kind), text });
  batch.apply({ effect: 'appended', of: queue.number, kind, bytes });
  batch.tellReady(queue.source);
}

function queueToAppendTo(batch: Batch, id: string): QueueState {
  const { state } = batch;
  if (!state.queues.has(id)) {
    const of = state.nextNumber;
    batch.write({ do: 'make', stream: queueStream(of) });
    batch.apply({ effect: 'queue-made', of, id });
  }
  return state.queues.get(id) as QueueState; // known, or made above
}

function publish(batch: Batch, { of, text, bytes }: Prepared & { readonly op: 'publish' }): void {
  const log = batch.state.logs.get(of.log);
  if (log === undefined) throw new Error(`Log ${of.log} was checked and is not there.`);
  const partition = log.partition(of.partition);
  const latestAt = Math.max(partition.latestAt, of.message.enqueuedAt);
  batch.write({
    do: 'put',
    stream: partitionStream(log.number, of.partition),
    sequence: partition.next + 1,
    subject: partitionSubject(log.number, of.partition),
    text: encodeInLog(text, { bytesBefore: partition.bytesPublished, latestAt, bytes }),
  });
  batch.apply({ effect: 'published', of: log.number, partition: of.partition, bytes, latestAt });
  for (const { readers } of log.groups.values()) {
    const reader = readers[of.partition];
    if (reader !== undefined) batch.tellReady(reader.source);
  }
}
