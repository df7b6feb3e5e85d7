import type {
  AttemptRecord,
  Backlog,
  GroupId,
  Lease,
  LogId,
  PeekedMessage,
  SeekRequest,
  StoredMessage,
} from '@sluice/engine';
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

  /** Bytes appended before an offset that is kept, or the next one. */
  bytesBefore(offset: number): number {
    let bytes = this.bytesAppended - this.bytes;
    for (let before = this.first; before < offset; before += 1) bytes += this.at(before).bytes;
    return bytes;
  }

  /** The first offset whose message was enqueued at this time or later; the next one when there is none. */
  firstNotBefore(time: number): number {
    for (let offset = this.first; offset < this.next; offset += 1)
      if (this.at(offset).message.enqueuedAt >= time) return offset;
    return this.next;
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

  seek(
    group: GroupId,
    {
      partition,
      to,
      at,
    }: { readonly partition: number | undefined; readonly to: SeekRequest['to']; readonly at: Instant },
  ): void {
    assertSeekable(this, partition, to);
    for (const reader of this.readers(group))
      if (partition === undefined || reader.source.partition === partition) reader.seek(to, at);
  }

  /** What the slowest group has still to read for the first time. */
  get unreadBytes(): number {
    let most = 0;
    for (const readers of this.#groups.values()) {
      most = Math.max(
        most,
        readers.reduce((sum, reader) => sum + reader.unpassed.bytes, 0),
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
    const replayed = { messages: 0, bytes: 0 };
    for (const reader of this.readers(group)) {
      messages += reader.unreadMessages;
      bytes += reader.unreadBytes;
      replayed.messages += reader.unreadMessages - reader.unpassed.messages;
      replayed.bytes += reader.unreadBytes - reader.unpassed.bytes;
      inHand += reader.inHand(at);
      delayed += reader.delayed;
      const enqueuedAt = reader.headEnqueuedAt;
      if (enqueuedAt !== undefined && (oldest === undefined || enqueuedAt < oldest)) oldest = enqueuedAt;
    }
    const counts = { messages, bytes, inHand, delayed, ...(replayed.messages > 0 ? { replayed } : {}) };
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

function assertSeekable(log: MemoryLog, partition: number | undefined, to: SeekRequest['to']): void {
  if (partition !== undefined && log.partitions[partition] === undefined)
    throw new Error(`Log ${log.id} has ${log.partitions.length} partitions, none with number ${partition}.`);
  if (typeof to === 'object' && 'position' in to && partition === undefined)
    throw new Error(`A seek to a position of log ${log.id} has to name its partition.`);
}

/** Settlements of one commit on one partition of one group, in any order. */
export interface PartitionSettlements {
  readonly acks: Lease[];
  readonly retries: { readonly lease: Lease; readonly dueAt: number; readonly failure: AttemptRecord }[];
  readonly releases: { readonly lease: Lease; readonly dueAt?: number }[];
}
