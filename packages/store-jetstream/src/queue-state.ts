import type { LeaseSource, QueueId, StoredMessage } from '@sluice/engine';
import { DelayedWindow } from './delayed-window.ts';
import { type Effect, type HandedOut, NEVER_TRIED, type Place, type Scan, type Tried } from './effects.ts';
import { isGrouped, type QueueClass } from './streams.ts';

/** Messages that wait for a time and are known without asking the server, for each queue. */
export const DELAYED_KNOWN_MAX = 4_096;

/** Messages of one queue that may be in hand at once; more are handed out when some have been settled. */
export const HELD_MAX = 20_000;

/** A message in somebody's hand. */
export interface Held extends HandedOut {
  /** On the monotonic clock: a jump of the wall clock neither ends nor prolongs a lease. */
  endsAtMs: number;
  /** Its time has run out and nobody has taken it since; its holder can still settle it. */
  isExpired: boolean;
  /** What it was handed out with. */
  tried: Tried;
}

/** A message that came back, or that its FIFO group has set free. */
export interface Ready extends Place {
  /** It was put back until this time, which has come; ms since 1970. */
  readonly dueAt?: number;
}

/** A message that was never handed out, read ahead. */
export interface Fresh {
  readonly position: number;
  readonly kind: QueueClass;
  readonly bytes: number;
  readonly message: StoredMessage;
}

/** What a checkpoint keeps of a queue. */
export interface QueueRecord {
  readonly kind: 'queue';
  readonly id: QueueId;
  readonly next: number;
  readonly messages: number;
  readonly bytes: number;
  readonly delayed: number;
  readonly blocked: number;
  readonly passedOver: number;
  readonly scans: readonly Scan[];
  readonly held: readonly HandedOut[];
  readonly ready: readonly Place[];
}

/** A queue in memory: its counts, what is in hand and what came back. Never its backlog. */
export class QueueState {
  readonly number: number;
  readonly id: QueueId;
  readonly source: LeaseSource;
  /** Position of the next message. */
  next = 1;
  messages = 0;
  bytes = 0;
  /** Messages that were put back until a time and not handed out since, due or not. */
  delayed = 0;
  /** Messages that stand behind another of their FIFO group, where the scan has passed. */
  blocked = 0;
  /** Hand-outs since the message that had come first was among them. */
  passedOver = 0;
  readonly scans = new Map<string, Scan>();
  readonly held = new Map<number, Held>();
  readonly ready = new Map<number, Ready>();
  readonly window: DelayedWindow;
  /** The first message of a FIFO group, where it is in hand, ready, or in the window. */
  readonly heads = new Map<QueueClass, number>();
  /** Read ahead from where the scan stands, by level. */
  readonly ahead = new Map<string, Fresh[]>();
  #expired = 0;
  /** No lease ends before this. */
  #earliestEndMs = Infinity;

  constructor(number: number, id: QueueId, record?: QueueRecord) {
    this.number = number;
    this.id = id;
    this.source = { kind: 'queue', queue: id };
    this.window = new DelayedWindow(DELAYED_KNOWN_MAX, { isEmpty: (record?.delayed ?? 0) === 0 });
    if (record !== undefined) this.#load(record);
  }

  toRecord(): QueueRecord {
    const { id, next, messages, bytes, delayed, blocked, passedOver } = this;
    const held = [...this.held.values()].map(toHandedOut);
    const ready = [...this.ready.values()].filter(({ dueAt }) => dueAt === undefined); // the others are found as delayed
    const scans = [...this.scans.values()];
    return { kind: 'queue', id, next, messages, bytes, delayed, blocked, passedOver, scans, held, ready };
  }

  get inHand(): number {
    return this.held.size - this.#expired;
  }

  /** Messages that wait for a time and are known only by their records. */
  get delayedOutside(): number {
    let due = 0;
    for (const { dueAt } of this.ready.values()) if (dueAt !== undefined) due += 1;
    return this.delayed - this.window.size - due;
  }

  scan(level: string): Scan {
    return this.scans.get(level) ?? { level, to: 1, fresh: 0 };
  }

  heldUnder(position: number, token: number): Held | undefined {
    const held = this.held.get(position);
    return held !== undefined && held.token === token ? held : undefined;
  }

  /** What only this process needs to know of a message that was just handed out. */
  hold(position: number, { endsAtMs, tried }: Pick<Held, 'endsAtMs' | 'tried'>): void {
    const held = this.held.get(position) ?? this.#missing(position);
    held.tried = tried;
    this.extend(held, endsAtMs);
  }

  extend(held: Held, endsAtMs: number): void {
    if (held.isExpired) this.#expired -= 1;
    held.isExpired = false;
    held.endsAtMs = endsAtMs;
    this.#earliestEndMs = Math.min(this.#earliestEndMs, endsAtMs);
  }

  /** Looks at what is in hand only when the time of the first lease has passed. */
  markExpired(monotonicMs: number): void {
    if (monotonicMs < this.#earliestEndMs) return;
    this.#earliestEndMs = Infinity;
    for (const held of this.held.values()) {
      if (held.isExpired) continue;
      if (held.endsAtMs > monotonicMs) {
        this.#earliestEndMs = Math.min(this.#earliestEndMs, held.endsAtMs);
        continue;
      }
      held.isExpired = true;
      this.#expired += 1;
    }
  }

  // Effects.

  append({ kind, bytes }: Effect & { readonly effect: 'appended' }): void {
    const level = levelOf(kind);
    const { to, fresh } = this.scan(level);
    this.scans.set(level, { level, to: fresh === 0 ? this.next : to, fresh: fresh + 1 });
    this.next += 1;
    this.messages += 1;
    this.bytes += bytes;
  }

  handOut({ taken, scans, blocked, passedOver }: Effect & { readonly effect: 'handed-out' }): void {
    for (const out of taken) {
      this.ready.delete(out.position);
      this.#letGo(out.position);
      if (out.wasDelayed) {
        this.delayed -= 1;
        this.window.remove(out.position); // it stands there only when the journal is read after a crash
      }
      this.held.set(out.position, { ...out, endsAtMs: 0, isExpired: false, tried: NEVER_TRIED });
      this.#lead(out);
    }
    for (const scan of scans) this.scans.set(scan.level, scan);
    this.blocked += blocked;
    this.passedOver = passedOver;
  }

  ack({ position, freed }: Effect & { readonly effect: 'acked' }): void {
    const { kind, bytes } = this.#letGo(position) ?? this.#missing(position);
    this.messages -= 1;
    this.bytes -= bytes;
    if (isGrouped(kind)) this.heads.delete(kind);
    if (freed === undefined) return;
    this.blocked -= 1;
    this.ready.set(freed.position, freed);
    this.#lead(freed);
  }

  putBack({ position, isTried, dueAt }: Effect & { readonly effect: 'put-back' }): void {
    const { kind, bytes, enqueuedAt } = this.#letGo(position) ?? this.#missing(position);
    const place: Place = { position, kind, bytes, enqueuedAt, isTried };
    if (dueAt === undefined) {
      this.ready.set(position, place);
      return;
    }
    this.delayed += 1;
    const outside = this.window.add({ ...place, dueAt });
    if (outside !== undefined) this.heads.delete(outside.kind);
  }

  purge({ kept }: Effect & { readonly effect: 'purged' }): void {
    const keep = new Set(kept);
    for (const position of this.held.keys()) if (!keep.has(position)) this.#letGo(position);
    this.messages = this.held.size;
    this.bytes = 0;
    for (const { bytes } of this.held.values()) this.bytes += bytes;
    this.ready.clear();
    this.window.clear();
    this.heads.clear();
    this.ahead.clear();
    this.scans.clear();
    for (const held of this.held.values()) this.#lead(held);
    this.delayed = 0;
    this.blocked = 0;
  }

  /** Moves what is due to what is ready, as long as that is not too many. It stays there when the clock is set back. */
  promoteDue(now: number, readyMax: number): void {
    for (let first = this.window.first; first !== undefined && first.dueAt <= now; first = this.window.first) {
      if (this.ready.size >= readyMax) return;
      this.window.takeFirst();
      this.ready.set(first.position, first);
    }
  }

  /** Takes all that wait for a time and are not in hand or ready, from their records. */
  fillWindow(all: Iterable<Place & { readonly dueAt: number }>): void {
    this.window.fill([...all].filter(({ position }) => !this.held.has(position) && !this.ready.has(position)));
    for (const delayed of this.window) this.#lead(delayed);
  }

  #load(record: QueueRecord): void {
    this.next = record.next;
    this.messages = record.messages;
    this.bytes = record.bytes;
    this.delayed = record.delayed;
    this.blocked = record.blocked;
    this.passedOver = record.passedOver;
    for (const scan of record.scans) this.scans.set(scan.level, scan);
    for (const place of record.ready) {
      this.ready.set(place.position, place);
      this.#lead(place);
    }
    for (const out of record.held) {
      this.held.set(out.position, { ...out, endsAtMs: 0, isExpired: false, tried: NEVER_TRIED });
      this.#lead(out);
    }
  }

  #lead({ kind, position }: Place): void {
    if (isGrouped(kind)) this.heads.set(kind, position);
  }

  #letGo(position: number): Held | undefined {
    const held = this.held.get(position);
    if (held === undefined) return undefined;
    this.held.delete(position);
    if (held.isExpired) this.#expired -= 1;
    return held;
  }

  #missing(position: number): never {
    throw new Error(`Message ${position} of queue ${this.id} was checked and is not in hand.`);
  }
}

function toHandedOut({ position, kind, bytes, enqueuedAt, isTried, token, wasDelayed }: HandedOut): HandedOut {
  return { position, kind, bytes, enqueuedAt, isTried, token, wasDelayed };
}

/** Messages of all FIFO groups are gone through together. */
export function levelOf(kind: QueueClass): string {
  return isGrouped(kind) ? GROUP_LEVEL : kind;
}

export const GROUP_LEVEL = 'group';
