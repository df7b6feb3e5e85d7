import { type CommitResult, deadLetterShelf, type LogId, type QueueId } from '@sluice/engine';
import { letterName } from './dead-letters.ts';
import type { LogState } from './log-state.ts';
import type { Prepared, Settlement } from './prepare-commit.ts';
import type { CommitReads } from './read-for-commit.ts';
import type { StoreState } from './store-state.ts';

type Place = Extract<CommitResult, { readonly reason: 'full' }>['at'];

interface Size {
  messages: number;
  bytes: number;
}

const NOTHING: Readonly<Size> = { messages: 0, bytes: 0 };

/** The first place that has no room for what the commit adds. What it takes from there makes room. */
export function fullPlace(
  state: StoreState,
  operations: readonly Prepared[],
  found: { readonly reads: CommitReads; readonly bytesHeld: (settlement: Settlement) => number },
): Place | undefined {
  const growth = growthOf(operations, found.bytesHeld);
  for (const operation of operations) {
    const full =
      operation.op === 'append'
        ? isQueueFull(state, operation, growth.queues)
        : operation.op === 'publish'
          ? isLogFull(state, operation, growth.logs)
          : operation.op === 'dead-letter' && isShelfFull(state, operation, { operations, reads: found.reads });
    if (full !== false) return full;
  }
  return undefined;
}

interface Growth {
  readonly queues: ReadonlyMap<QueueId, Size>;
  readonly logs: ReadonlyMap<LogId, Size>;
}

function growthOf(operations: readonly Prepared[], bytesHeld: (settlement: Settlement) => number): Growth {
  const queues = new Map<QueueId, Size>();
  const logs = new Map<LogId, Size>();
  for (const operation of operations) {
    if (operation.op === 'append') grow(queues, operation.of.queue, { messages: 1, bytes: operation.bytes });
    else if (operation.op === 'publish') grow(logs, operation.of.log, { messages: 1, bytes: operation.bytes });
    else if (operation.op === 'settle' && operation.of.op === 'ack' && operation.of.lease.source.kind === 'queue')
      grow(queues, operation.of.lease.source.queue, { messages: -1, bytes: -bytesHeld(operation.of) });
  }
  return { queues, logs };
}

function grow(growth: Map<string, Size>, name: string, { messages, bytes }: Size): void {
  const sum = growth.get(name);
  if (sum === undefined) growth.set(name, { messages, bytes });
  else {
    sum.messages += messages;
    sum.bytes += bytes;
  }
}

function isQueueFull(
  state: StoreState,
  { of: { queue: id, limit } }: Prepared & { readonly op: 'append' },
  growth: Growth['queues'],
): Place | false {
  const { messages, bytes } = growth.get(id) ?? NOTHING;
  const queue = state.queues.get(id) ?? NOTHING;
  return (queue.messages + messages > limit.messages || queue.bytes + bytes > limit.bytes) && id;
}

function isLogFull(
  state: StoreState,
  { of: { log: id, partition, limit } }: Prepared & { readonly op: 'publish' },
  growth: Growth['logs'],
): Place | false {
  const log = declaredLog(state, id);
  log.partition(partition); // throws where there is none
  const { bytes } = growth.get(id) ?? NOTHING;
  return log.groups.size > 0 && log.unreadBytes + bytes > limit.bytes && id;
}

export function declaredLog(state: StoreState, id: LogId): LogState {
  const log = state.logs.get(id);
  if (log === undefined) throw new Error(`Log ${id} has not been declared.`);
  return log;
}

function isShelfFull(
  state: StoreState,
  { of: { letter, limit } }: Prepared & { readonly op: 'dead-letter' },
  { operations, reads }: { readonly operations: readonly Prepared[]; readonly reads: CommitReads },
): Place | false {
  if (limit === undefined) return false;
  const { pipelineId } = letter;
  const { messages, bytes: bytesBefore } = state.shelves.get(pipelineId) ?? NOTHING;
  const after: Size = { messages, bytes: bytesBefore };
  const kept = new Map<string, number>();
  const gone = new Set<string>();
  for (const operation of operations) {
    if (operation.op === 'take-letter' && operation.of.pipelineId === pipelineId) gone.add(operation.hash);
    if (operation.op !== 'dead-letter' || operation.of.letter.pipelineId !== pipelineId) continue;
    gone.add(operation.hash);
    kept.set(operation.hash, operation.bytes);
  }
  for (const hash of gone) {
    const before = reads.letters.get(letterName(pipelineId, hash));
    if (before === undefined) continue;
    after.messages -= 1;
    after.bytes -= before.bytes;
  }
  for (const bytes of kept.values()) {
    after.messages += 1;
    after.bytes += bytes;
  }
  return (after.messages > limit.messages || after.bytes > limit.bytes) && deadLetterShelf(pipelineId);
}
