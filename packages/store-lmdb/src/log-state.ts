import type { GroupId, LeaseSource, LogId } from '@sluice/engine';
import type { Tried } from './queue-state.ts';

/** A partition holds the offsets from `first` to before `next`. */
export interface PartitionRecord {
  first: number;
  next: number;
  /** Bytes ever appended; unread bytes are differences of this. */
  bytesAppended: number;
  bytes: number;
  /** The latest `enqueuedAt` that was ever appended; absent until something is, and at first in data of format 1. */
  latest?: number;
}

export interface LogRecord {
  readonly id: LogId;
  readonly partitions: readonly PartitionRecord[];
}

export interface GroupRecord {
  readonly id: GroupId;
  /** Number of the log. */
  readonly log: number;
}

/** Where a group stands on a partition: everything before `position` is settled. */
export interface PositionRecord {
  readonly position: number;
  /** `bytesAppended` of the partition as it was before `position`. */
  readonly bytesRead: number;
  /** After a `seek` back: the furthest that the group ever stood. What lies before it is a replay. */
  readonly passed?: Passed;
}

export interface Passed {
  readonly position: number;
  readonly bytesRead: number;
}

/** What is in hand of a partition, as it stands on disk; its tokens count up. */
export interface RunRecord {
  readonly from: number;
  readonly count: number;
  readonly firstToken: number;
}

export interface HeldOffset {
  readonly offset: number;
  readonly token: number;
  readonly bytes: number;
  endsAtMs: number;
}

export class LogState {
  readonly number: number;
  readonly id: LogId;
  readonly partitions: readonly PartitionRecord[];
  readonly groups = new Map<GroupId, GroupState>();

  constructor(number: number, record: LogRecord) {
    this.number = number;
    this.id = record.id;
    this.partitions = record.partitions;
  }

  toRecord(): LogRecord {
    return { id: this.id, partitions: this.partitions };
  }

  get messages(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.next - partition.first, 0);
  }

  get bytes(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  }

  /** What the slowest group has still to read for the first time. */
  get unpassedBytes(): number {
    let most = 0;
    for (const group of this.groups.values()) most = Math.max(most, group.unpassedBytes);
    return most;
  }

  /** The first offset of a partition that some group has not read. */
  readTo(partition: number): number {
    let readTo = (this.partitions[partition] as PartitionRecord).next;
    for (const group of this.groups.values()) readTo = Math.min(readTo, (group.readers[partition] as Reader).position);
    return readTo;
  }
}

export class GroupState {
  readonly number: number;
  readonly id: GroupId;
  readonly log: LogState;
  readonly readers: readonly Reader[];

  constructor(options: {
    readonly number: number;
    readonly id: GroupId;
    readonly log: LogState;
    readonly startAt: (partition: number) => PositionRecord;
  }) {
    this.number = options.number;
    this.id = options.id;
    this.log = options.log;
    this.readers = options.log.partitions.map(
      (_, partition) => new Reader(this, partition, options.startAt(partition)),
    );
  }

  get unreadBytes(): number {
    return this.readers.reduce((sum, reader) => sum + reader.unreadBytes, 0);
  }

  get unpassedBytes(): number {
    return this.readers.reduce((sum, reader) => sum + reader.unpassedBytes, 0);
  }

  /** The part of what is unread that a `seek` has taken back. */
  get replayed(): { readonly messages: number; readonly bytes: number } {
    const replayed = { messages: 0, bytes: 0 };
    for (const { passed, position, bytesRead } of this.readers) {
      if (passed === undefined) continue;
      replayed.messages += passed.position - position;
      replayed.bytes += passed.bytesRead - bytesRead;
    }
    return replayed;
  }
}

/**
 * One partition as one group sees it. At most one run of messages is in hand at a time, beginning at `position`, so that
 * nobody works on a message while an earlier one is unsettled. Acks eat the run from its front; a retry or a release
 * takes back its message and all later ones; when the first lease of the run expires, the next `lease` takes back all.
 */
export class Reader {
  readonly group: GroupState;
  readonly partition: number;
  readonly source: LeaseSource & { readonly kind: 'group' };
  position: number;
  bytesRead: number;
  passed: Passed | undefined;
  run: HeldOffset[] = [];
  /** By offset; no more than were ever in hand at once. */
  readonly tried = new Map<number, Tried>();

  constructor(group: GroupState, partition: number, at: PositionRecord) {
    this.group = group;
    this.partition = partition;
    this.source = { kind: 'group', log: group.log.id, group: group.id, partition };
    this.position = at.position;
    this.bytesRead = at.bytesRead;
    this.passed = at.passed;
  }

  get #record(): PartitionRecord {
    return this.group.log.partitions[this.partition] as PartitionRecord; // readers and partitions are made together
  }

  get end(): number {
    return this.#record.next;
  }

  get unreadMessages(): number {
    return this.end - this.position;
  }

  get unreadBytes(): number {
    return this.#record.bytesAppended - this.bytesRead;
  }

  /** What the group reads for the first time. */
  get unpassedBytes(): number {
    return this.#record.bytesAppended - (this.passed ?? this).bytesRead;
  }

  toRecord(): PositionRecord {
    const { position, bytesRead, passed } = this;
    return passed === undefined ? { position, bytesRead } : { position, bytesRead, passed };
  }

  /** Forwards or back. Keeps in mind how far the group had come. */
  moveTo({ position, bytesRead }: Passed): void {
    const furthest = this.passed ?? { position: this.position, bytesRead: this.bytesRead };
    this.position = position;
    this.bytesRead = bytesRead;
    this.passed = position < furthest.position ? furthest : undefined;
  }

  /** One message further. */
  advance(bytes: number): void {
    this.position += 1;
    this.bytesRead += bytes;
    if (this.passed !== undefined && this.position >= this.passed.position) this.passed = undefined;
  }

  held(position: number, token: number): HeldOffset | undefined {
    const held = this.run[position - this.position];
    return held !== undefined && held.token === token ? held : undefined;
  }

  inHand(monotonicMs: number): number {
    return this.run.filter((held) => held.endsAtMs > monotonicMs).length;
  }

  get delayed(): number {
    let count = 0;
    for (const tried of this.tried.values()) if (tried.dueAt !== undefined) count += 1;
    return count;
  }
}
