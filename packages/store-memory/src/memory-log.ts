import type { AttemptRecord, Backlog, GroupId, Lease, LogId, PeekedMessage, StoredMessage } from '@sluice/engine';
import type { Instant } from './memory-queue.ts';
import { MemoryPartitionReader } from './memory-partition-reader.ts';

interface Retained {
  readonly message: StoredMessage;
  readonly bytes: number;
}

/** One partition: messages from `first` to before `next`. Offsets start at 0 and are never used twice. */
export class MemoryPartition {
  readonly #retained = new Map<number, Retained>();
  first = 0;
  next = 0;
  /** Bytes ever appended; unread bytes are differences of this. */
  bytesAppended = 0;
  bytes = 0;

  append(message: StoredMessage, bytes: number): void {
    this.#retained.set(this.next, { message, bytes });
    this.next += 1;
    this.bytesAppended += bytes;
    this.bytes += bytes;
  }

  /** The caller knows that the offset is retained. */
  at(offset: number): Retained {
    const retained = this.#retained.get(offset);
    if (retained === undefined) throw new Error(`Offset ${offset} is not between ${this.first} and ${this.next}.`);
    return retained;
  }

  dropFirst(): void {
    this.bytes -= this.at(this.first).bytes;
    this.#retained.delete(this.first);
    this.first += 1;
  }
}

export class MemoryLog {
  readonly id: LogId;
  readonly partitions: readonly MemoryPartition[];
  readonly #groups = new Map<GroupId, readonly MemoryPartitionReader[]>();

  constructor(id: LogId, partitions: number) {
    this.id = id;
    this.partitions = Array.from({ length: partitions }, () => new MemoryPartition());
  }

  get groups(): readonly GroupId[] {
    return [...this.#groups.keys()];
  }

  addGroup(group: GroupId, startFrom: 'earliest' | 'latest'): void {
    if (this.#groups.has(group)) return;
    const readers = this.partitions.map(
      (partition, number) =>
        new MemoryPartitionReader({
          source: { kind: 'group', log: this.id, group, partition: number },
          partition,
          startFrom,
        }),
    );
    this.#groups.set(group, readers);
  }

  dropGroup(group: GroupId): void {
    this.#groups.delete(group);
  }

  reader(group: GroupId, partition: number): MemoryPartitionReader | undefined {
    return this.#groups.get(group)?.[partition];
  }

  readers(group: GroupId): readonly MemoryPartitionReader[] {
    return this.#groups.get(group) ?? [];
  }

  allReaders(): readonly MemoryPartitionReader[] {
    return [...this.#groups.values()].flat();
  }

  get retainedMessages(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.next - partition.first, 0);
  }

  get retainedBytes(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  }

  /** What the slowest group has not read. */
  get unreadBytes(): number {
    let most = 0;
    for (const readers of this.#groups.values()) {
      most = Math.max(
        most,
        readers.reduce((sum, reader) => sum + reader.unreadBytes, 0),
      );
    }
    return most;
  }

  trim(limits: { readonly enqueuedBefore: number; readonly bytes: number }): number {
    let removed = 0;
    for (const [number, partition] of this.partitions.entries()) {
      const readTo = this.#readTo(number);
      while (partition.first < readTo && partition.at(partition.first).message.enqueuedAt < limits.enqueuedBefore) {
        partition.dropFirst();
        removed += 1;
      }
    }
    while (this.retainedBytes > limits.bytes) {
      const oldest = this.#partitionWithOldestRead();
      if (oldest === undefined) break;
      oldest.dropFirst();
      removed += 1;
    }
    return removed;
  }

  backlog(group: GroupId, at: Instant): Backlog {
    let messages = 0;
    let bytes = 0;
    let inHand = 0;
    let delayed = 0;
    let oldest: number | undefined;
    for (const reader of this.readers(group)) {
      messages += reader.unreadMessages;
      bytes += reader.unreadBytes;
      inHand += reader.inHand(at);
      delayed += reader.delayed;
      const enqueuedAt = reader.headEnqueuedAt;
      if (enqueuedAt !== undefined && (oldest === undefined || enqueuedAt < oldest)) oldest = enqueuedAt;
    }
    const counts = { messages, bytes, inHand, delayed };
    return oldest === undefined ? counts : { ...counts, oldestEnqueuedAt: oldest };
  }

  peek(request: {
    readonly group: GroupId;
    readonly limit: number;
    readonly after: { readonly partition: number; readonly position: number };
    readonly at: Instant;
  }): readonly PeekedMessage[] {
    const seen: PeekedMessage[] = [];
    for (const [number, reader] of this.readers(request.group).entries()) {
      if (number < request.after.partition) continue;
      const after = number === request.after.partition ? request.after.position : -1;
      seen.push(...reader.peek(after, request.limit - seen.length, request.at));
      if (seen.length >= request.limit) break;
    }
    return seen;
  }

  /** The first offset of a partition that some group has not read. */
  #readTo(partition: number): number {
    let readTo = (this.partitions[partition] as MemoryPartition).next;
    for (const readers of this.#groups.values())
      readTo = Math.min(readTo, (readers[partition] as MemoryPartitionReader).position);
    return readTo;
  }

  #partitionWithOldestRead(): MemoryPartition | undefined {
    let oldest: MemoryPartition | undefined;
    let oldestAt = Infinity;
    for (const [number, partition] of this.partitions.entries()) {
      if (partition.first >= this.#readTo(number)) continue;
      const { enqueuedAt } = partition.at(partition.first).message;
      if (enqueuedAt >= oldestAt) continue;
      oldest = partition;
      oldestAt = enqueuedAt;
    }
    return oldest;
  }
}

/** Settlements of one commit on one partition of one group, in any order. */
export interface PartitionSettlements {
  readonly acks: Lease[];
  readonly retries: { readonly lease: Lease; readonly dueAt: number; readonly failure: AttemptRecord }[];
  readonly releases: Lease[];
}
