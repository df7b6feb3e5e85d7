import { findLetter, letterName, type LetterRecord } from './dead-letters.ts';
import type { Place } from './effects.ts';
import { recallKey } from './idempotency-keys.ts';
import type { Link } from './link.ts';
import { bytesOf, decodeMessage } from './message-codec.ts';
import type { Prepared, PreparedCommit } from './prepare-commit.ts';
import type { Held, QueueState } from './queue-state.ts';
import type { StoreState } from './store-state.ts';
import { isGrouped, queueStream, queueSubject } from './streams.ts';

/** What only the server knows, and a commit must know before it is checked. */
export interface CommitReads {
  /** Messages first stored under keys that are remembered and have not expired, by hash of the key. */
  readonly known: Map<string, string>;
  /** Letters that the commit replaces or takes and that are there, by `letterName`. */
  readonly letters: Map<string, LetterRecord>;
  /** The message that stands behind one in hand in its FIFO group. */
  readonly nextInGroup: Map<Held, Place>;
}

/** What a commit looks at and changes, in the words of the line. */
export interface CommitThings {
  readonly looksAt: readonly string[];
  readonly changes: readonly string[];
}

export function thingsOf(state: StoreState, { operations }: PreparedCommit): CommitThings {
  const looksAt: string[] = [];
  const changes: string[] = [];
  for (const operation of operations) {
    if (operation.op === 'settle') {
      const { source } = operation.of.lease;
      if (source.kind === 'group') changes.push(readerThing(source));
      else {
        changes.push(queueThing(source.queue));
        const held = heldOnQueue(state, operation);
        if (operation.of.op === 'ack' && held !== undefined && isGrouped(held.held.kind))
          looksAt.push(leasesThing(source.queue));
      }
    } else if (operation.op === 'remember') {
      looksAt.push(`key ${operation.hash}`);
      changes.push(`key ${operation.hash}`);
    } else if (operation.op === 'dead-letter' || operation.op === 'take-letter') {
      const name = `letter ${letterName(pipelineOf(operation), operation.hash)}`;
      looksAt.push(name);
      changes.push(name);
    }
  }
  return { looksAt, changes };
}

export const queueThing = (queue: string): string => `queue ${queue}`;
/** What has been handed out of a queue, as opposed to settled. */
export const leasesThing = (queue: string): string => `leases ${queue}`;
export const readerThing = ({
  log,
  group,
  partition,
}: {
  readonly log: string;
  readonly group: string;
  readonly partition: number;
}): string => `reader ${partition} ${log.length} ${log} ${group}`;

export async function readForCommit(
  link: Link,
  state: StoreState,
  { prepared, now }: { readonly prepared: PreparedCommit; readonly now: number },
): Promise<CommitReads> {
  const reads: CommitReads = { known: new Map(), letters: new Map(), nextInGroup: new Map() };
  await Promise.all(
    prepared.operations.map(async (operation) => {
      if (operation.op === 'remember') {
        const messageId = await recallKey(link, operation.hash, now);
        if (messageId !== undefined) reads.known.set(operation.hash, messageId);
      } else if (operation.op === 'dead-letter' || operation.op === 'take-letter') {
        const shelf = state.shelves.get(pipelineOf(operation));
        const letter = shelf === undefined ? undefined : await findLetter(link, shelf, operation.hash);
        if (letter !== undefined) reads.letters.set(letterName(pipelineOf(operation), operation.hash), letter);
      } else if (operation.op === 'settle' && operation.of.op === 'ack') {
        const on = heldOnQueue(state, operation);
        const next = on === undefined ? undefined : await readNextInGroup(link, on);
        if (on !== undefined && next !== undefined) reads.nextInGroup.set(on.held, next);
      }
    }),
  );
  return reads;
}

export const NO_READS: CommitReads = { known: new Map(), letters: new Map(), nextInGroup: new Map() };

function pipelineOf(operation: Prepared & { readonly op: 'dead-letter' | 'take-letter' }): string {
  return operation.op === 'dead-letter' ? operation.of.letter.pipelineId : operation.of.pipelineId;
}

function heldOnQueue(
  state: StoreState,
  { of: { lease } }: Prepared & { readonly op: 'settle' },
): { readonly queue: QueueState; readonly held: Held } | undefined {
  if (lease.source.kind !== 'queue') return undefined;
  const queue = state.queues.get(lease.source.queue);
  const held = queue?.heldUnder(lease.position, lease.token);
  return queue === undefined || held === undefined ? undefined : { queue, held };
}

async function readNextInGroup(
  link: Link,
  { queue, held: { kind, position } }: { readonly queue: QueueState; readonly held: Held },
): Promise<Place | undefined> {
  if (!isGrouped(kind) || queue.blocked === 0) return undefined;
  const stored = await link.next(queueStream(queue.number), position + 1, queueSubject(queue.number, kind));
  if (stored === undefined) return undefined;
  const { enqueuedAt } = decodeMessage(stored.text);
  return { position: stored.sequence, kind, bytes: bytesOf(stored.text), enqueuedAt, isTried: false };
}
