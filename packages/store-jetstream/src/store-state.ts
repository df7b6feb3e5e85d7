import type { GroupId, LogId, QueueId } from '@sluice/engine';
import type { Effect } from './effects.ts';
import {
  EMPTY_PARTITION,
  type GroupRecord,
  GroupState,
  type LogRecord,
  LogState,
  type Reader,
  startOf,
} from './log-state.ts';
import { type QueueRecord, QueueState } from './queue-state.ts';
import { type ShelfRecord, ShelfState } from './shelf-state.ts';

export type StateObject = QueueState | LogState | GroupState | ShelfState;
export type ObjectRecord = QueueRecord | LogRecord | GroupRecord | ShelfRecord;

/** Tokens are reserved in blocks, so that a lease does not have to write the counter. */
const TOKEN_BLOCK = 1_000_000;

/** Steady time is written down no more often than this. */
const TIME_STEP_MS = 5_000;

/** Everything that the store keeps in memory. It changes by effects alone. */
export class StoreState {
  readonly queues = new Map<QueueId, QueueState>();
  readonly logs = new Map<LogId, LogState>();
  /** By pipeline. */
  readonly shelves = new Map<string, ShelfState>();
  readonly objects = new Map<number, StateObject>();
  /** Objects that have changed since the last checkpoint. */
  readonly touched = new Set<number>();
  #nextToken: number;
  #reservedTokens: number;
  #nextNumber: number;
  #steadyAt: number;

  constructor({
    tokens,
    nextNumber,
    steadyAt,
  }: {
    readonly tokens: number;
    readonly nextNumber: number;
    readonly steadyAt?: number;
  }) {
    this.#steadyAt = steadyAt ?? Number.NEGATIVE_INFINITY;
    this.#nextToken = tokens + 1;
    this.#reservedTokens = tokens;
    this.#nextNumber = nextNumber;
  }

  get tokens(): number {
    return this.#reservedTokens;
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** How far steady time had come, to within a few seconds; ms since 1970. */
  get steadyAt(): number {
    return this.#steadyAt;
  }

  /** Whether it is so long since time was written down that it must be. */
  isTimeToNote(steadyNow: number): boolean {
    return steadyNow - this.#steadyAt >= TIME_STEP_MS;
  }

  /** The first of `count` tokens. Where more have to be reserved, the effect comes first. */
  takeTokens(count: number, apply: (effect: Effect) => void): number {
    if (this.#nextToken + count > this.#reservedTokens)
      apply({ effect: 'tokens-reserved', upTo: this.#nextToken + count + TOKEN_BLOCK });
    const first = this.#nextToken;
    this.#nextToken += count;
    return first;
  }

  /** After a restart: tokens that were reserved may have been given out. */
  skipReservedTokens(): void {
    this.#nextToken = this.#reservedTokens + 1;
  }

  reader(source: { readonly log: LogId; readonly group: GroupId; readonly partition: number }): Reader | undefined {
    return this.logs.get(source.log)?.groups.get(source.group)?.readers[source.partition];
  }

  /** Puts an object back that a checkpoint has kept. Logs come before their groups. */
  load(number: number, record: ObjectRecord): void {
    switch (record.kind) {
      case 'queue':
        this.#addQueue(new QueueState(number, record.id, record));
        break;
      case 'log':
        this.#addLog(new LogState(number, record));
        break;
      case 'group': {
        const { id, readers } = record;
        this.#addGroup(
          new GroupState(number, {
            id,
            log: this.#log(record.log),
            startAt: (partition) => readers[partition] as (typeof readers)[number],
          }), // one for each
        );
        break;
      }
      case 'shelf':
        this.#addShelf(new ShelfState(number, record.pipelineId, record));
        break;
    }
  }

  apply(effect: Effect): void {
    if (effect.effect === 'tokens-reserved') {
      this.#reservedTokens = effect.upTo;
      return;
    }
    if (effect.effect === 'time-passed') {
      this.#steadyAt = Math.max(this.#steadyAt, effect.to);
      return;
    }
    this.touched.add(effect.of);
    switch (effect.effect) {
      case 'queue-made':
        this.#addQueue(new QueueState(effect.of, effect.id));
        break;
      case 'appended':
        this.#queue(effect.of).append(effect);
        break;
      case 'handed-out':
        this.#queue(effect.of).handOut(effect);
        break;
      case 'acked':
        this.#queue(effect.of).ack(effect);
        break;
      case 'put-back':
        this.#queue(effect.of).putBack(effect);
        break;
      case 'purged':
        this.#queue(effect.of).purge(effect);
        break;
      case 'queue-dropped':
        this.queues.delete(this.#queue(effect.of).id);
        this.objects.delete(effect.of);
        break;
      case 'log-made': {
        const partitions = Array.from({ length: effect.partitions }, () => EMPTY_PARTITION);
        this.#addLog(new LogState(effect.of, { id: effect.id, partitions }));
        break;
      }
      case 'published':
        this.#log(effect.of).publish(effect);
        break;
      case 'trimmed':
        this.#log(effect.of).trim(effect);
        break;
      case 'log-dropped':
        this.logs.delete(this.#log(effect.of).id);
        this.objects.delete(effect.of);
        break;
      case 'group-made': {
        const log = this.#log(effect.log);
        const startAt = (partition: number) => startOf(log.partition(partition), effect.startFrom);
        this.#addGroup(new GroupState(effect.of, { id: effect.id, log, startAt }));
        break;
      }
      case 'read':
        this.#group(effect.of).readers[effect.partition]?.moveTo(effect);
        break;
      case 'group-dropped': {
        const { id, log } = this.#group(effect.of);
        log.groups.delete(id);
        this.objects.delete(effect.of);
        break;
      }
      case 'shelf-made':
        this.#addShelf(new ShelfState(effect.of, effect.pipelineId));
        break;
      case 'letter-kept':
        this.#shelf(effect.of).keep(effect);
        break;
      case 'letter-gone':
        this.#shelf(effect.of).remove(effect);
        break;
      case 'shelf-dropped':
        this.shelves.delete(this.#shelf(effect.of).pipelineId);
        this.objects.delete(effect.of);
        break;
    }
  }

  #addQueue(queue: QueueState): void {
    this.queues.set(queue.id, queue);
    this.#add(queue);
  }

  #addLog(log: LogState): void {
    this.logs.set(log.id, log);
    this.#add(log);
  }

  #addGroup(group: GroupState): void {
    group.log.groups.set(group.id, group);
    this.#add(group);
  }

  #addShelf(shelf: ShelfState): void {
    this.shelves.set(shelf.pipelineId, shelf);
    this.#add(shelf);
  }

  #add(object: StateObject): void {
    this.objects.set(object.number, object);
    this.#nextNumber = Math.max(this.#nextNumber, object.number + 1);
  }

  #queue(number: number): QueueState {
    const object = this.objects.get(number);
    if (object instanceof QueueState) return object;
    throw new Error(`There is no queue with number ${number}.`);
  }

  #log(number: number): LogState {
    const object = this.objects.get(number);
    if (object instanceof LogState) return object;
    throw new Error(`There is no log with number ${number}.`);
  }

  #group(number: number): GroupState {
    const object = this.objects.get(number);
    if (object instanceof GroupState) return object;
    throw new Error(`There is no group with number ${number}.`);
  }

  #shelf(number: number): ShelfState {
    const object = this.objects.get(number);
    if (object instanceof ShelfState) return object;
    throw new Error(`There is no shelf with number ${number}.`);
  }
}
