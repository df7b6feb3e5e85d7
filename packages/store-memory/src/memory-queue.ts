import type {
  AttemptRecord,
  Backlog,
  Lease,
  LeaseResult,
  LeaseSource,
  PeekedMessage,
  QueueId,
  StoredMessage,
} from '@sluice/engine';
import { handOut, withFailure } from './hand-out.ts';
import { LeaseEnds } from './lease-ends.ts';
import { type Entry, isReady, newEntry, peekedFrom } from './memory-entry.ts';
import { MinHeap } from './min-heap.ts';
import { ReadyByPriority } from './ready-by-priority.ts';

/** One instant on both clocks. */
export interface Instant {
  /** ms since 1970. */
  readonly now: number;
  readonly monotonicMs: number;
}

export class MemoryQueue {
  readonly id: QueueId;
  readonly #source: LeaseSource;
  readonly #entries = new Map<number, Entry>();
  /** The last message of each FIFO group. */
  readonly #groupEnds = new Map<string, Entry>();
  /**
   * May hold positions that are no longer ready (settled late by the holder of an expired lease, or purged): whether one
   * is, is decided when it is taken from here, not when it is put in.
   */
  readonly #ready = new ReadyByPriority();
  readonly #delayed = new MinHeap<Entry>(
    (a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.position < b.position),
  );
  readonly #leaseEnds = new LeaseEnds();
  #nextPosition = 1;
  #oldest = 1;
  #bytes = 0;
  #inHand = 0;
  #delayedCount = 0;

  constructor(id: QueueId) {
    this.id = id;
    this.#source = { kind: 'queue', queue: id };
  }

  get messages(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Answers whether the message can be handed out at once. */
  append(
    message: StoredMessage,
    { bytes, group, priority }: { readonly bytes: number; readonly group?: string; readonly priority?: number },
  ): boolean {
    const entry = newEntry({ position: this.#nextPosition, message, bytes, group, priority });
    this.#nextPosition += 1;
    this.#entries.set(entry.position, entry);
    this.#bytes += bytes;
    if (this.#joinGroup(entry)) this.#putReady(entry);
    return entry.state === 'ready';
  }

  lease(request: {
    readonly max: number;
    readonly leaseMs: number;
    readonly at: Instant;
    readonly nextToken: () => number;
    readonly enqueuedBefore?: number;
  }): LeaseResult {
    const { max, leaseMs, at, nextToken, enqueuedBefore } = request;
    this.#takeBackExpired(at);
    this.#promoteDue(at);
    const isReady = (position: number): boolean => this.#isReady(position);
    const isOld = (position: number): boolean =>
      (this.#entries.get(position)?.message.enqueuedAt ?? Infinity) < (enqueuedBefore ?? Infinity);
    const leases: Lease[] = [];
    while (leases.length < max) {
      const position =
        enqueuedBefore === undefined ? this.#ready.take(isReady) : this.#ready.takeWanted(isReady, isOld);
      const entry = position === undefined ? undefined : this.#entries.get(position);
      if (entry === undefined) break;
      leases.push(this.#handOut(entry, { leaseMs, at, token: nextToken() }));
    }
    const nextDueAt = leases.length < max ? this.#delayed.peek()?.dueAt : undefined;
    return nextDueAt === undefined ? { leases } : { leases, nextDueAt };
  }

  /** Bytes of the message while its lease can still be settled; `undefined` when the lease is lost. */
  heldBytes(lease: Lease): number | undefined {
    return this.#held(lease)?.bytes;
  }

  extend(lease: Lease, leaseMs: number, at: Instant): Lease | undefined {
    const entry = this.#held(lease);
    if (entry === undefined) return undefined;
    if (entry.state === 'expired') this.#inHand += 1;
    entry.state = 'in-hand';
    entry.endsAtMs = at.monotonicMs + leaseMs;
    this.#leaseEnds.watch(entry, this.#inHand);
    return { ...lease, expiresAt: at.now + leaseMs };
  }

  // The three settlements take leases that `heldBytes` has accepted.

  /** Answers whether that made another message ready. */
  ack(lease: Lease): boolean {
    const entry = this.#take(lease);
    this.#remove(entry);
    return this.#freeGroup(entry);
  }

  retry(lease: Lease, dueAt: number, failure: AttemptRecord): void {
    const entry = this.#take(lease);
    entry.attempts += 1;
    entry.history = withFailure(entry.history, failure);
    this.#delay(entry, dueAt);
  }

  /** At once, or not before `dueAt`. */
  release(lease: Lease, dueAt: number | undefined): void {
    const entry = this.#take(lease);
    if (dueAt !== undefined) {
      this.#delay(entry, dueAt);
      return;
    }
    entry.state = 'ready';
    this.#putReady(entry);
  }

  backlog(at: Instant): Backlog {
    this.#takeBackExpired(at);
    const counts = { messages: this.messages, bytes: this.#bytes, inHand: this.#inHand, delayed: this.#delayedCount };
    if (this.messages === 0) return counts;
    while (!this.#entries.has(this.#oldest)) this.#oldest += 1;
    return { ...counts, oldestEnqueuedAt: (this.#entries.get(this.#oldest) as Entry).message.enqueuedAt };
  }

  peek(after: number, limit: number, at: Instant): readonly PeekedMessage[] {
    this.#takeBackExpired(at);
    const seen: PeekedMessage[] = [];
    for (
      let position = Math.max(after + 1, this.#oldest);
      position < this.#nextPosition && seen.length < limit;
      position += 1
    ) {
      const entry = this.#entries.get(position);
      if (entry !== undefined) seen.push(peekedFrom(entry));
    }
    return seen;
  }

  /** Removes everything that is not in hand. */
  purge(at: Instant): number {
    this.#takeBackExpired(at);
    const before = this.messages;
    for (const entry of this.#entries.values()) if (entry.state !== 'in-hand') this.#remove(entry);
    this.#ready.clear();
    this.#delayed.clear();
    this.#delayedCount = 0;
    this.#groupEnds.clear();
    for (const entry of this.#entries.values()) {
      entry.nextInGroup = undefined;
      if (entry.group !== undefined) this.#groupEnds.set(entry.group, entry);
    }
    return before - this.messages;
  }

  /** The process has died: what was in hand counts as a crash and as an attempt, and waits again. */
  takeBackAfterCrash(): void {
    for (const entry of this.#everHeld()) {
      entry.attempts += 1;
      entry.crashes += 1;
    }
    this.#takeBackAll();
  }

  /** The process ends in order: what was in hand waits again, uncounted, unless its time had run out. */
  takeBackOnClose(at: Instant): void {
    this.#takeBackExpired(at);
    for (const entry of this.#everHeld()) if (entry.state === 'expired') entry.attempts += 1;
    this.#takeBackAll();
  }

  #everHeld(): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.state === 'in-hand' || entry.state === 'expired');
  }

  #takeBackAll(): void {
    for (const entry of this.#everHeld()) {
      entry.state = 'ready';
      this.#putReady(entry);
    }
    this.#leaseEnds.clear();
    this.#inHand = 0;
  }

  /** Answers whether it is the first of its group, or has none. */
  #joinGroup(entry: Entry): boolean {
    if (entry.group === undefined) return true;
    const end = this.#groupEnds.get(entry.group);
    this.#groupEnds.set(entry.group, entry);
    if (end === undefined) return true;
    end.nextInGroup = entry;
    entry.state = 'blocked';
    return false;
  }

  /** Answers whether another message of the group has become ready. */
  #freeGroup(gone: Entry): boolean {
    if (gone.group === undefined) return false;
    const next = gone.nextInGroup;
    if (next === undefined) {
      this.#groupEnds.delete(gone.group);
      return false;
    }
    next.state = 'ready';
    this.#putReady(next);
    return true;
  }

  #putReady({ position, priority }: Entry): void {
    this.#ready.add(position, priority);
  }

  #delay(entry: Entry, dueAt: number): void {
    entry.dueAt = dueAt;
    entry.isDue = false;
    entry.state = 'delayed';
    this.#delayedCount += 1;
    this.#delayed.push(entry);
  }

  #isReady(position: number): boolean {
    const entry = this.#entries.get(position);
    return entry !== undefined && isReady(entry);
  }

  #handOut(entry: Entry, hand: { readonly leaseMs: number; readonly at: Instant; readonly token: number }): Lease {
    if (entry.state === 'expired') entry.attempts += 1;
    if (entry.state === 'delayed') this.#delayedCount -= 1;
    entry.state = 'in-hand';
    entry.token = hand.token;
    entry.endsAtMs = hand.at.monotonicMs + hand.leaseMs;
    this.#inHand += 1;
    this.#leaseEnds.watch(entry, this.#inHand);
    return {
      source: this.#source,
      position: entry.position,
      token: hand.token,
      expiresAt: hand.at.now + hand.leaseMs,
      message: handOut(entry.message, entry.attempts + 1),
      crashes: entry.crashes,
      history: entry.history,
    };
  }

  #held(lease: Lease): Entry | undefined {
    const entry = this.#entries.get(lease.position);
    if (entry === undefined || entry.token !== lease.token) return undefined;
    return entry.state === 'in-hand' || entry.state === 'expired' ? entry : undefined;
  }

  /** Out of the holder's hand, towards its next state. */
  #take(lease: Lease): Entry {
    const entry = this.#held(lease);
    if (entry === undefined)
      throw new Error(`The lease on message ${lease.position} of queue ${this.id} was checked and is not held.`);
    if (entry.state === 'in-hand') this.#inHand -= 1;
    return entry;
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.position);
    this.#bytes -= entry.bytes;
    entry.state = 'gone';
  }

  #takeBackExpired(at: Instant): void {
    for (const entry of this.#leaseEnds.expire(at.monotonicMs)) {
      this.#inHand -= 1;
      this.#putReady(entry);
    }
  }

  #promoteDue(at: Instant): void {
    for (let entry = this.#delayed.peek(); entry !== undefined && entry.dueAt <= at.now; entry = this.#delayed.peek()) {
      this.#delayed.pop();
      entry.isDue = true;
      this.#putReady(entry);
    }
  }
}
