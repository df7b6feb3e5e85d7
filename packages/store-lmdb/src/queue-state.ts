import { type AttemptRecord, type LeaseSource, PRIORITIES, type QueueId } from '@sluice/engine';

/** What is kept on disk of a message that came back. */
export interface Tried {
  /** Tries that count and are over. */
  readonly attempts: number;
  readonly crashes: number;
  readonly history: readonly AttemptRecord[];
  /** The last lease that came back; a lease with a larger token has not. */
  readonly token: number;
  /** Set while it waits for a time. */
  readonly dueAt?: number;
}

export const NEVER_TRIED: Tried = { attempts: 0, crashes: 0, history: [], token: 0 };

/** One call of `lease` as it stands on disk, under its first token. */
export interface HandOut {
  readonly firstToken: number;
  /** Leases that are still out. The record goes with the last. */
  left: number;
}

/** A message in somebody's hand. */
export interface Held {
  readonly position: number;
  readonly token: number;
  /** On the monotonic clock: a jump of the wall clock neither ends nor prolongs a lease. */
  endsAtMs: number;
  /** Its time has run out and nobody has taken it since; its holder can still settle it. */
  isExpired: boolean;
  readonly bytes: number;
  readonly lane: Lane;
  /** Hash of its FIFO group. */
  readonly group: Uint8Array | undefined;
  readonly tried: Tried | undefined;
  readonly handOut: HandOut;
  /** The commit that last looked at it, so that no commit settles it twice. */
  claimedBy: number;
}

/** What is kept of a queue on disk, beside its messages. */
export interface QueueRecord extends LaneCounts {
  readonly id: QueueId;
  /** Position of the next message; never goes back. */
  readonly next: number;
  /** In all lanes. */
  readonly messages: number;
  readonly bytes: number;
  /** Those of other than normal priority that were ever used. `scan`, `ready` and `delayed` above are of the normal one. */
  readonly lanes?: readonly LaneRecord[];
}

interface LaneCounts {
  /** Messages without a group that were never handed out stand here or later. */
  readonly scan: number;
  readonly ready: number;
  readonly delayed: number;
}

interface LaneRecord extends LaneCounts {
  readonly priority: number;
  /** Stands in keys where that of the queue stands for the normal lane. */
  readonly number: number;
  readonly messages: number;
}

/** The messages of one priority on a queue. Positions are the queue's, so lanes can be told apart by what came first. */
export interface Lane {
  readonly priority: number;
  readonly number: number;
  scan: number;
  messages: number;
  ready: number;
  delayed: number;
}

/** A queue in memory: its counts, and what is in hand. Never its backlog. */
export class QueueState {
  readonly number: number;
  readonly id: QueueId;
  readonly source: LeaseSource;
  next: number;
  messages: number;
  bytes: number;
  /** Messages of normal priority, and all that have a group. */
  readonly normal: Lane;
  /** Highest priority first. */
  readonly lanes: Lane[];
  /** Messages handed out since the one that had come first of all that were ready. */
  passedOver = 0;
  readonly held = new Map<number, Held>();
  expiredCount = 0;
  /** No lease ends before this. */
  #earliestEndMs = Infinity;

  constructor(number: number, record: QueueRecord) {
    this.number = number;
    this.id = record.id;
    this.source = { kind: 'queue', queue: record.id };
    this.next = record.next;
    this.messages = record.messages;
    this.bytes = record.bytes;
    const others = (record.lanes ?? []).map((lane) => ({ ...lane }));
    this.normal = {
      priority: PRIORITIES.normal,
      number,
      scan: record.scan,
      messages: record.messages - others.reduce((sum, { messages }) => sum + messages, 0),
      ready: record.ready,
      delayed: record.delayed,
    };
    this.lanes = [this.normal, ...others].sort(higherFirst);
  }

  /** Nothing stands on it but messages of normal priority. */
  get isPlain(): boolean {
    return this.normal.messages === this.messages;
  }

  get delayed(): number {
    return this.lanes.reduce((sum, { delayed }) => sum + delayed, 0);
  }

  get inHand(): number {
    return this.held.size - this.expiredCount;
  }

  toRecord(): QueueRecord {
    const { id, next, messages, bytes, normal } = this;
    const { scan, ready, delayed } = normal;
    const record = { id, next, scan, messages, bytes, ready, delayed };
    return this.lanes.length === 1 ? record : { ...record, lanes: this.lanes.filter((lane) => lane !== normal) };
  }

  laneOf(priority: number): Lane | undefined {
    return this.lanes.find((lane) => lane.priority === priority);
  }

  /** `number` is one that no queue and no other lane has. */
  addLane(priority: number, number: number): Lane {
    const lane = { priority, number, scan: 0, messages: 0, ready: 0, delayed: 0 };
    this.lanes.push(lane);
    this.lanes.sort(higherFirst);
    return lane;
  }

  hold(held: Held): void {
    this.held.set(held.position, held);
    if (held.endsAtMs < this.#earliestEndMs) this.#earliestEndMs = held.endsAtMs;
  }

  heldUnder(position: number, token: number): Held | undefined {
    const held = this.held.get(position);
    return held !== undefined && held.token === token ? held : undefined;
  }

  extend(held: Held, endsAtMs: number): void {
    if (held.isExpired) this.expiredCount -= 1;
    held.isExpired = false;
    held.endsAtMs = endsAtMs;
    if (endsAtMs < this.#earliestEndMs) this.#earliestEndMs = endsAtMs;
  }

  letGo(held: Held): void {
    this.held.delete(held.position);
    if (held.isExpired) this.expiredCount -= 1;
  }

  /** Looks at what is in hand only when the time of the first lease has passed. */
  markExpired(monotonicMs: number): void {
    if (monotonicMs < this.#earliestEndMs) return;
    this.#earliestEndMs = Infinity;
    for (const held of this.held.values()) {
      if (held.isExpired) continue;
      if (held.endsAtMs > monotonicMs) {
        if (held.endsAtMs < this.#earliestEndMs) this.#earliestEndMs = held.endsAtMs;
      } else {
        held.isExpired = true;
        this.expiredCount += 1;
      }
    }
  }

  /** At most `max`, in order of arrival. */
  expired(max: number): readonly Held[] {
    if (this.expiredCount === 0) return [];
    const expired = [...this.held.values()].filter((held) => held.isExpired);
    return expired.sort((a, b) => a.position - b.position).slice(0, max);
  }
}

function higherFirst(a: Lane, b: Lane): number {
  return b.priority - a.priority;
}

export function newQueue(number: number, id: QueueId): QueueState {
  return new QueueState(number, { id, next: 1, scan: 1, messages: 0, bytes: 0, ready: 0, delayed: 0 });
}
