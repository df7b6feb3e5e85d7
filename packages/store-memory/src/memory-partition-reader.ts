import type { AttemptRecord, Lease, LeaseResult, LeaseSource, PeekedMessage, SeekRequest } from '@sluice/engine';
import { handOut, withFailure } from './hand-out.ts';
import type { MemoryPartition, PartitionSettlements } from './memory-log.ts';
import type { Instant } from './memory-queue.ts';

/** What is known of an unsettled message that has been handed out before. */
interface Tried {
  attempts: number;
  crashes: number;
  history: readonly AttemptRecord[];
  /** Set while it waits for a time. */
  dueAt: number | undefined;
}

interface InHand {
  readonly offset: number;
  readonly token: number;
  endsAtMs: number;
}

/**
 * One partition as one group sees it. At most one run of messages is in hand at a time, beginning at `position`, so that
 * nobody works on a message while an earlier one is unsettled. Acks eat the run from its front; a retry or a release
 * takes back its message and all later ones; when the first lease of the run expires, the next `lease` takes back all.
 */
export class MemoryPartitionReader {
  readonly source: LeaseSource & { readonly kind: 'group' };
  readonly #partition: MemoryPartition;
  readonly #tried = new Map<number, Tried>();
  #run: InHand[] = [];
  #position: number;
  #bytesRead: number;
  /** The furthest that the position ever was, and the bytes read there. What lies before it is handed out as a replay. */
  #passed: { readonly position: number; readonly bytesRead: number };

  constructor(options: {
    readonly source: LeaseSource & { readonly kind: 'group' };
    readonly partition: MemoryPartition;
    readonly startFrom: 'earliest' | 'latest';
  }) {
    this.source = options.source;
    this.#partition = options.partition;
    const { first, next, bytes, bytesAppended } = options.partition;
    this.#position = options.startFrom === 'earliest' ? first : next;
    this.#bytesRead = options.startFrom === 'earliest' ? bytesAppended - bytes : bytesAppended;
    this.#passed = { position: this.#position, bytesRead: this.#bytesRead };
  }

  /** Everything before it is settled. */
  get position(): number {
    return this.#position;
  }

  get unreadMessages(): number {
    return this.#partition.next - this.#position;
  }

  get unreadBytes(): number {
    return this.#partition.bytesAppended - this.#bytesRead;
  }

  /** What it reads for the first time: the part that counts for the limit of the log. */
  get unpassed(): { readonly messages: number; readonly bytes: number } {
    return {
      messages: this.#partition.next - this.#passed.position,
      bytes: this.#partition.bytesAppended - this.#passed.bytesRead,
    };
  }

  get headEnqueuedAt(): number | undefined {
    return this.unreadMessages === 0 ? undefined : this.#partition.at(this.#position).message.enqueuedAt;
  }

  get delayed(): number {
    let count = 0;
    for (const tried of this.#tried.values()) if (tried.dueAt !== undefined) count += 1;
    return count;
  }

  inHand(at: Instant): number {
    return this.#run.filter((held) => held.endsAtMs > at.monotonicMs).length;
  }

  lease(request: {
    readonly max: number;
    readonly leaseMs: number;
    readonly at: Instant;
    readonly nextToken: () => number;
    readonly enqueuedBefore?: number;
  }): LeaseResult {
    const { max, leaseMs, at, nextToken, enqueuedBefore } = request;
    if (!this.#takeBackExpired(at)) return { leases: [] };
    const leases: Lease[] = [];
    for (let offset = this.#position; offset < this.#partition.next && leases.length < max; offset += 1) {
      const tried = this.#tried.get(offset);
      if (tried?.dueAt !== undefined && tried.dueAt > at.now) break;
      const { message } = this.#partition.at(offset);
      if (enqueuedBefore !== undefined && message.enqueuedAt >= enqueuedBefore) break;
      if (tried !== undefined) tried.dueAt = undefined;
      const token = nextToken();
      this.#run.push({ offset, token, endsAtMs: at.monotonicMs + leaseMs });
      leases.push({
        source: this.source,
        position: offset,
        token,
        expiresAt: at.now + leaseMs,
        message: handOut(message, (tried?.attempts ?? 0) + 1),
        crashes: tried?.crashes ?? 0,
        history: tried?.history ?? [],
        ...(offset < this.#passed.position ? { replayed: true } : {}),
      });
    }
    const nextDueAt = leases.length < max ? this.#tried.get(this.#position)?.dueAt : undefined;
    return nextDueAt === undefined ? { leases } : { leases, nextDueAt };
  }

  isHeld(lease: Lease): boolean {
    return this.#held(lease) !== undefined;
  }

  extend(lease: Lease, leaseMs: number, at: Instant): Lease | undefined {
    const held = this.#held(lease);
    if (held === undefined) return undefined;
    held.endsAtMs = at.monotonicMs + leaseMs;
    return { ...lease, expiresAt: at.now + leaseMs };
  }

  /** The first ack, in order, before which something stays unsettled. */
  ackOutOfOrder(acks: readonly Lease[]): Lease | undefined {
    return inOrder(acks).find((lease, index) => lease.position !== this.#position + index);
  }

  /** Takes settlements that `isHeld` and `ackOutOfOrder` have accepted. Answers whether the partition is free again and has more. */
  settle(settlements: PartitionSettlements): boolean {
    for (const lease of inOrder(settlements.acks)) {
      this.#bytesRead += this.#partition.at(lease.position).bytes;
      this.#tried.delete(lease.position);
      this.#position += 1;
      this.#run.shift();
    }
    this.#notePassed();
    for (const { lease, dueAt, failure } of settlements.retries) {
      const tried = this.#triedAt(lease.position);
      tried.attempts += 1;
      tried.history = withFailure(tried.history, failure);
      tried.dueAt = dueAt;
      this.#takeBackFrom(lease.position);
    }
    for (const { lease, dueAt } of settlements.releases) {
      if (dueAt !== undefined) this.#triedAt(lease.position).dueAt = dueAt;
      this.#takeBackFrom(lease.position);
    }
    return this.#run.length === 0 && this.unreadMessages > 0;
  }

  /** Goes on elsewhere, as far as that is kept. What was in hand is taken back; what it has left behind begins anew. */
  seek(to: SeekRequest['to'], at: Instant): void {
    this.#countExpired(at);
    this.#run = [];
    const { first, next } = this.#partition;
    this.#position = Math.min(Math.max(this.#offsetOf(to), first), next);
    this.#bytesRead = this.#partition.bytesBefore(this.#position);
    this.#notePassed();
    for (const offset of this.#tried.keys()) if (offset < this.#position) this.#tried.delete(offset);
  }

  peek(after: number, limit: number, at: Instant): readonly PeekedMessage[] {
    const seen: PeekedMessage[] = [];
    for (
      let offset = Math.max(after + 1, this.#position);
      offset < this.#partition.next && seen.length < limit;
      offset += 1
    ) {
      seen.push(this.#describe(offset, at));
    }
    return seen;
  }

  takeBackAfterCrash(): void {
    for (const held of this.#run) {
      const tried = this.#triedAt(held.offset);
      tried.attempts += 1;
      tried.crashes += 1;
    }
    this.#run = [];
  }

  takeBackOnClose(at: Instant): void {
    this.#countExpired(at);
    this.#run = [];
  }

  #offsetOf(to: SeekRequest['to']): number {
    if (to === 'earliest') return this.#partition.first;
    if (to === 'latest') return this.#partition.next;
    return 'position' in to ? to.position : this.#partition.firstNotBefore(to.time);
  }

  #notePassed(): void {
    if (this.#position > this.#passed.position) this.#passed = { position: this.#position, bytesRead: this.#bytesRead };
  }

  #held(lease: Lease): InHand | undefined {
    const held = this.#run[lease.position - this.#position];
    return held !== undefined && held.token === lease.token ? held : undefined;
  }

  /** False while a run is in hand. */
  #takeBackExpired(at: Instant): boolean {
    const head = this.#run[0];
    if (head === undefined) return true;
    if (head.endsAtMs > at.monotonicMs) return false;
    this.#countExpired(at);
    this.#run = [];
    return true;
  }

  #countExpired(at: Instant): void {
    for (const held of this.#run) if (held.endsAtMs <= at.monotonicMs) this.#triedAt(held.offset).attempts += 1;
  }

  #takeBackFrom(offset: number): void {
    this.#run = this.#run.filter((held) => held.offset < offset);
  }

  #triedAt(offset: number): Tried {
    let tried = this.#tried.get(offset);
    if (tried === undefined) {
      tried = { attempts: 0, crashes: 0, history: [], dueAt: undefined };
      this.#tried.set(offset, tried);
    }
    return tried;
  }

  #describe(offset: number, at: Instant): PeekedMessage {
    const held = this.#run[offset - this.#position];
    const tried = this.#tried.get(offset);
    const dueAt = tried?.dueAt;
    const lastFailure = tried?.history.at(-1);
    return {
      position: offset,
      partition: this.source.partition,
      message: this.#partition.at(offset).message,
      state:
        held !== undefined && held.endsAtMs > at.monotonicMs ? 'in-hand' : dueAt === undefined ? 'waiting' : 'delayed',
      attempts: (tried?.attempts ?? 0) + (held === undefined ? 0 : 1),
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    };
  }
}

function inOrder(leases: readonly Lease[]): readonly Lease[] {
  return leases.length < 2 ? leases : leases.toSorted((a, b) => a.position - b.position);
}
