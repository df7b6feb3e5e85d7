import type { GroupId, LeaseSource, LogId } from '@sluice/engine';
import type { Effect, Run, Tried } from './effects.ts';

/** A partition holds the offsets from `first` to before `next`. */
export interface PartitionState {
  first: number;
  next: number;
  /** Bytes ever published; unread bytes are differences of this. */
  bytesPublished: number;
  /** Bytes of what is kept. */
  bytes: number;
  /** The largest `enqueuedAt` so far; ms since 1970. */
  latestAt: number;
}

/** What a checkpoint keeps of a log. */
export interface LogRecord {
  readonly kind: 'log';
  readonly id: LogId;
  readonly partitions: readonly PartitionState[];
}

/** What a checkpoint keeps of a group. */
export interface GroupRecord {
  readonly kind: 'group';
  readonly id: GroupId;
  /** Number of the log. */
  readonly log: number;
  readonly readers: readonly ReaderRecord[];
}

/** Where a group stands on a partition: everything before `position` is settled. */
interface ReaderRecord extends Passed {
  /** The furthest that it ever was. What lies before it is handed out as a replay. */
  readonly passed: Passed;
  readonly run: Run | null;
  readonly tried: readonly (readonly [offset: number, tried: Tried])[];
}

interface Passed {
  readonly position: number;
  /** `bytesPublished` of the partition as it was before `position`. */
  readonly bytesRead: number;
}

/** A message of a partition in somebody's hand. */
export interface HeldOffset {
  readonly offset: number;
  readonly token: number;
  readonly bytes: number;
  endsAtMs: number;
}

export class LogState {
  readonly number: number;
  readonly id: LogId;
  readonly partitions: readonly PartitionState[];
  readonly groups = new Map<GroupId, GroupState>();

  constructor(number: number, { id, partitions }: Omit<LogRecord, 'kind'>) {
    this.number = number;
    this.id = id;
    this.partitions = partitions.map((partition) => ({ ...partition }));
  }

  toRecord(): LogRecord {
    return { kind: 'log', id: this.id, partitions: this.partitions };
  }

  get messages(): number {
    return this.partitions.reduce((sum, { next, first }) => sum + next - first, 0);
  }

  get bytes(): number {
    return this.partitions.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What the slowest group has still to read for the first time. */
  get unreadBytes(): number {
    let most = 0;
    for (const { readers } of this.groups.values())
      most = Math.max(
        most,
        readers.reduce((sum, reader) => sum + reader.unpassed.bytes, 0),
      );
    return most;
  }

  /** The first offset of a partition that some group has not read. */
  readTo(partition: number): number {
    let readTo = this.partition(partition).next;
    for (const { readers } of this.groups.values()) readTo = Math.min(readTo, (readers[partition] as Reader).position); // as many as partitions
    return readTo;
  }

  partition(number: number): PartitionState {
    const partition = this.partitions[number];
    if (partition === undefined)
      throw new Error(`Log ${this.id} has ${this.partitions.length} partitions, none with number ${number}.`);
    return partition;
  }

  publish({ partition: number, bytes, latestAt }: Effect & { readonly effect: 'published' }): void {
    const partition = this.partition(number);
    partition.next += 1;
    partition.bytesPublished += bytes;
    partition.bytes += bytes;
    partition.latestAt = latestAt;
  }

  trim({ partition: number, first, bytes }: Effect & { readonly effect: 'trimmed' }): void {
    const partition = this.partition(number);
    partition.first = first;
    partition.bytes = bytes;
  }
}

export const EMPTY_PARTITION: Readonly<PartitionState> = {
  first: 0,
  next: 0,
  bytesPublished: 0,
  bytes: 0,
  latestAt: 0,
};

export class GroupState {
  readonly number: number;
  readonly id: GroupId;
  readonly log: LogState;
  readonly readers: readonly Reader[];

  constructor(
    number: number,
    {
      id,
      log,
      startAt,
    }: { readonly id: GroupId; readonly log: LogState; readonly startAt: (partition: number) => ReaderRecord },
  ) {
    this.number = number;
    this.id = id;
    this.log = log;
    this.readers = log.partitions.map((_, partition) => new Reader(this, partition, startAt(partition)));
  }

  toRecord(): GroupRecord {
    return {
      kind: 'group',
      id: this.id,
      log: this.log.number,
      readers: this.readers.map((reader) => reader.toRecord()),
    };
  }
}

/** Where a new group begins to read a partition. */
export function startOf(
  { first, next, bytes, bytesPublished }: PartitionState,
  startFrom: 'earliest' | 'latest',
): ReaderRecord {
  const at =
    startFrom === 'earliest'
      ? { position: first, bytesRead: bytesPublished - bytes }
      : { position: next, bytesRead: bytesPublished };
  return { ...at, passed: at, run: null, tried: [] };
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
  passed: Passed;
  /** In hand. */
  run: HeldOffset[] = [];
  /** In hand, as the journal knows it. */
  recordedRun: Run | null;
  /** By offset; no more than were ever in hand at once. */
  readonly tried: Map<number, Tried>;

  constructor(group: GroupState, partition: number, record: ReaderRecord) {
    this.group = group;
    this.partition = partition;
    this.source = { kind: 'group', log: group.log.id, group: group.id, partition };
    this.position = record.position;
    this.bytesRead = record.bytesRead;
    this.passed = record.passed;
    this.recordedRun = record.run;
    this.tried = new Map(record.tried);
  }

  toRecord(): ReaderRecord {
    const { position, bytesRead, passed, recordedRun: run } = this;
    return { position, bytesRead, passed, run, tried: [...this.tried] };
  }

  get state(): PartitionState {
    return this.group.log.partition(this.partition);
  }

  get unread(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.state.next - this.position, bytes: this.state.bytesPublished - this.bytesRead };
  }

  /** What it reads for the first time: the part that counts for the limit of the log. */
  get unpassed(): { readonly messages: number; readonly bytes: number } {
    return {
      messages: this.state.next - this.passed.position,
      bytes: this.state.bytesPublished - this.passed.bytesRead,
    };
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
    for (const { dueAt } of this.tried.values()) if (dueAt !== undefined) count += 1;
    return count;
  }

  moveTo({ position, bytesRead, run, tried }: Effect & { readonly effect: 'read' }): void {
    this.position = position;
    this.bytesRead = bytesRead;
    if (position > this.passed.position) this.passed = { position, bytesRead };
    this.recordedRun = run;
    for (const [offset, one] of tried) {
      if (one === null) this.tried.delete(offset);
      else this.tried.set(offset, one);
    }
  }
}
