import { markKey } from './keys.ts';
import type { LogState, PartitionRecord } from './log-state.ts';
import type { WriteBatch } from './write-batch.ts';

/** A mark stands before every so many messages of a partition, so that a seek reads few of them. */
export const MARK_EVERY = 256;

/** Of everything that was appended before an offset. */
export interface MarkRecord {
  readonly bytes: number;
  /** The latest `enqueuedAt`; absent when none is known: data of format 1 has no marks. */
  readonly latest?: number;
}

/** Notes a message that is about to be appended, with a mark before it when it is time for one. */
export function markTime(
  batch: WriteBatch,
  log: LogState,
  { partition: number, enqueuedAt }: { readonly partition: number; readonly enqueuedAt: number },
): void {
  const partition = log.partitions[number] as PartitionRecord; // declared
  const { next, bytesAppended: bytes, latest } = partition;
  if (next > 0 && next % MARK_EVERY === 0) {
    const mark: MarkRecord = latest === undefined ? { bytes } : { bytes, latest };
    batch.putIndex(markKey(log.number, number, next), JSON.stringify(mark));
  }
  if (latest === undefined || enqueuedAt > latest) partition.latest = enqueuedAt;
}
