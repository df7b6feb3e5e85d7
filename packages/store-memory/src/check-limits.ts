import { type DeadLetter, deadLetterShelf, type StoreOperation } from '@sluice/engine';
import type { Operation, Settlement } from './commit.ts';
import { letterBytes } from './message-bytes.ts';
import type { MemoryState } from './memory-state.ts';

interface Size {
  messages: number;
  bytes: number;
}

/** The first place that has no room for what the commit adds. What it takes from there makes room. */
export function fullPlace(
  state: MemoryState,
  operations: readonly StoreOperation[],
  found: {
    readonly settlements: readonly Settlement[];
    /** Of what is appended or published, in bytes. */
    readonly sizes: ReadonlyMap<StoreOperation, number>;
  },
): string | undefined {
  const growth = growthOf(state, operations, found);
  for (const operation of operations) {
    const full =
      operation.op === 'append'
        ? isQueueFull(state, operation, growth)
        : operation.op === 'publish'
          ? isLogFull(state, operation, growth)
          : operation.op === 'dead-letter' && isShelfFull(state, operation, operations);
    if (full !== false) return full;
  }
  return undefined;
}

/** By queue and log. */
function growthOf(
  state: MemoryState,
  operations: readonly StoreOperation[],
  { settlements, sizes }: Parameters<typeof fullPlace>[2],
): ReadonlyMap<string, Size> {
  const growth = new Map<string, Size>();
  if (sizes.size === 0) return growth;
  const add = (name: string, messages: number, bytes: number): void => {
    const sum = growth.get(name) ?? { messages: 0, bytes: 0 };
    growth.set(name, sum);
    sum.messages += messages;
    sum.bytes += bytes;
  };
  for (const { op, lease } of settlements) {
    if (op !== 'ack' || lease.source.kind !== 'queue') continue;
    add(`q:${lease.source.queue}`, -1, -(state.queue(lease.source.queue).heldBytes(lease) ?? 0));
  }
  for (const operation of operations) {
    const bytes = sizes.get(operation) ?? 0;
    if (operation.op === 'append') add(`q:${operation.queue}`, 1, bytes);
    else if (operation.op === 'publish') add(`l:${operation.log}`, 1, bytes);
  }
  return growth;
}

const NOTHING: Readonly<Size> = { messages: 0, bytes: 0 };

function isQueueFull(
  state: MemoryState,
  { queue: id, limit }: Operation<'append'>,
  growth: ReadonlyMap<string, Size>,
): string | false {
  const { messages, bytes } = growth.get(`q:${id}`) ?? NOTHING;
  const queue = state.queues.get(id) ?? NOTHING;
  return (queue.messages + messages > limit.messages || queue.bytes + bytes > limit.bytes) && id;
}

function isLogFull(
  state: MemoryState,
  { log: id, partition, limit }: Operation<'publish'>,
  growth: ReadonlyMap<string, Size>,
): string | false {
  const log = state.log(id);
  if (log.partitions[partition] === undefined)
    throw new Error(`Log ${id} has ${log.partitions.length} partitions, none with number ${partition}.`);
  const { bytes } = growth.get(`l:${id}`) ?? NOTHING;
  return log.groups.length > 0 && log.unreadBytes + bytes > limit.bytes && id;
}

function isShelfFull(
  state: MemoryState,
  { letter: { pipelineId }, limit }: Operation<'dead-letter'>,
  operations: readonly StoreOperation[],
): string | false {
  if (limit === undefined) return false;
  const shelf = state.shelves.get(pipelineId);
  const after = { ...(shelf?.usage ?? NOTHING) };
  const add = (letter: DeadLetter | undefined, sign: 1 | -1): void => {
    if (letter === undefined) return;
    after.messages += sign;
    after.bytes += sign * letterBytes(letter);
  };
  const kept = new Map<string, DeadLetter>();
  const gone = new Set<string>();
  for (const operation of operations) {
    if (operation.op === 'take-letter' && operation.pipelineId === pipelineId) gone.add(operation.letterId);
    if (operation.op !== 'dead-letter' || operation.letter.pipelineId !== pipelineId) continue;
    gone.add(operation.letter.id);
    kept.set(operation.letter.id, operation.letter);
  }
  for (const id of gone) add(shelf?.get(id), -1);
  for (const letter of kept.values()) add(letter, 1);
  return (after.messages > limit.messages || after.bytes > limit.bytes) && deadLetterShelf(pipelineId);
}
