import type { GroupId, LogId, QueueId } from '@sluice/engine';
import type { GroupState, LogState, Reader } from './log-state.ts';
import { newQueue, type QueueState } from './queue-state.ts';

export interface MetaRecord {
  readonly format: number;
  /** No token up to this one may be given out after a restart. */
  readonly tokens: number;
  /** The next number for a queue, log or group. */
  readonly nextNumber: number;
  /** How far steady time had come, to within a few seconds; absent in data of earlier versions. */
  readonly steadyAt?: number;
}

/** Of the data on disk. A change that older versions cannot read makes it larger. 2 has lanes, and counts letters by cause. */
export const FORMAT = 2;

/** Tokens are reserved on disk in blocks, so that a lease does not have to write the counter. */
const TOKEN_BLOCK = 1_000_000;

/** Steady time is written down no more often than this. */
const TIME_STEP_MS = 5_000;

/** Everything that the store keeps in memory. */
export class StoreState {
  readonly queues = new Map<QueueId, QueueState>();
  readonly logs = new Map<LogId, LogState>();
  #nextToken: number;
  #reservedTokens: number;
  #nextNumber: number;
  #steadyAt: number;

  constructor(meta: MetaRecord) {
    this.#nextToken = meta.tokens + 1;
    this.#reservedTokens = meta.tokens;
    this.#nextNumber = meta.nextNumber;
    this.#steadyAt = meta.steadyAt ?? Number.NEGATIVE_INFINITY;
  }

  toMetaRecord(): MetaRecord {
    return {
      format: FORMAT,
      tokens: this.#reservedTokens,
      nextNumber: this.#nextNumber,
      ...(Number.isFinite(this.#steadyAt) ? { steadyAt: this.#steadyAt } : {}),
    };
  }

  get steadyAt(): number {
    return this.#steadyAt;
  }

  /** Whether it is so long since time was written that the meta record must be. */
  noteTime(steadyNow: number): boolean {
    if (steadyNow - this.#steadyAt < TIME_STEP_MS) return false;
    this.#steadyAt = steadyNow;
    return true;
  }

  /** The first of `count` tokens; whether more had to be reserved, so that the meta record must be written. */
  takeTokens(count: number): { readonly first: number; readonly hasReserved: boolean } {
    const first = this.#nextToken;
    this.#nextToken += count;
    const hasReserved = this.#nextToken > this.#reservedTokens;
    if (hasReserved) this.#reservedTokens = this.#nextToken + TOKEN_BLOCK;
    return { first, hasReserved };
  }

  /** The caller writes the meta record. */
  takeNumber(): number {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    return number;
  }

  addQueue(id: QueueId): QueueState {
    const queue = newQueue(this.takeNumber(), id);
    this.queues.set(id, queue);
    return queue;
  }

  group(log: LogId, group: GroupId): GroupState | undefined {
    return this.logs.get(log)?.groups.get(group);
  }

  reader(source: { readonly log: LogId; readonly group: GroupId; readonly partition: number }): Reader | undefined {
    return this.group(source.log, source.group)?.readers[source.partition];
  }
}
