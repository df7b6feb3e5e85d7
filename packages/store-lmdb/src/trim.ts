import type { Environment } from './environment.ts';
import { logMessageKey, markKey } from './keys.ts';
import type { LogState, PartitionRecord } from './log-state.ts';
import { decodeMessage } from './message-codec.ts';
import { MARK_EVERY } from './time-marks.ts';
import type { WriteBatch } from './write-batch.ts';

/** One transaction removes at most this many. */
const SLICE = 1_000;

export interface TrimLimits {
  /** Read messages enqueued before this go; ms since 1970. */
  readonly enqueuedBefore: number;
  /** Read messages go, oldest first, while the log holds more than this. */
  readonly bytes: number;
}

/** Removes the next slice; answers how many, and whether that was all. Must be alone in its batch: leases read what it removes. */
export function trimSlice(
  batch: WriteBatch,
  log: LogState,
  limits: TrimLimits,
): { readonly removed: number; readonly isDone: boolean } {
  const ends = log.partitions.map((partition, number) => new ReadEnd(batch.environment, log, { partition, number }));
  let removed = 0;
  while (removed < SLICE) {
    const oldest = oldestOf(ends);
    if (oldest === undefined) break;
    const end = log.bytes > limits.bytes ? oldest : ends.find((one) => one.isBefore(limits.enqueuedBefore));
    if (end === undefined) break;
    end.remove(batch);
    removed += 1;
  }
  if (removed > 0) batch.touchLog(log);
  return { removed, isDone: removed < SLICE };
}

function oldestOf(ends: readonly ReadEnd[]): ReadEnd | undefined {
  let oldest: ReadEnd | undefined;
  for (const end of ends)
    if (end.head !== undefined && (oldest?.head === undefined || end.head.enqueuedAt < oldest.head.enqueuedAt))
      oldest = end;
  return oldest;
}

/** The old end of a partition, as far as everybody has read it. */
class ReadEnd {
  readonly #environment: Environment;
  readonly #log: LogState;
  readonly #partition: PartitionRecord;
  readonly #number: number;
  readonly #readTo: number;
  head: { readonly enqueuedAt: number; readonly bytes: number } | undefined;

  constructor(
    environment: Environment,
    log: LogState,
    { partition, number }: { readonly partition: PartitionRecord; readonly number: number },
  ) {
    this.#environment = environment;
    this.#log = log;
    this.#partition = partition;
    this.#number = number;
    this.#readTo = log.readTo(number);
    this.head = this.#readHead();
  }

  isBefore(time: number): boolean {
    return this.head !== undefined && this.head.enqueuedAt < time;
  }

  remove(batch: WriteBatch): void {
    batch.removeMessage(logMessageKey(this.#log.number, this.#number, this.#partition.first));
    this.#partition.bytes -= this.head?.bytes ?? 0;
    if (this.#partition.first % MARK_EVERY === 0)
      batch.removeIndex(markKey(this.#log.number, this.#number, this.#partition.first));
    this.#partition.first += 1;
    this.head = this.#readHead();
  }

  #readHead(): { readonly enqueuedAt: number; readonly bytes: number } | undefined {
    if (this.#partition.first >= this.#readTo) return undefined;
    const text = this.#environment.messages.get(logMessageKey(this.#log.number, this.#number, this.#partition.first));
    if (text === undefined)
      throw new Error(
        `Offset ${this.#partition.first} of partition ${this.#number} of log ${this.#log.id} is missing.`,
      );
    return { enqueuedAt: decodeMessage(text).enqueuedAt, bytes: Buffer.byteLength(text) };
  }
}
