import type { LeaseSource } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { groupRecordKey, logRecordKey, META_KEY, positionKey, queueRecordKey } from './keys.ts';
import { LetterShelf } from './letter-shelf.ts';
import type { GroupState, LogState, Reader } from './log-state.ts';
import type { QueueState } from './queue-state.ts';
import { sourceName } from './ready-listeners.ts';
import { freeGroups, type TouchedGroup } from './settle-fifo-group.ts';
import type { StoreState } from './store-state.ts';

type Value = string | Uint8Array;

interface Write {
  readonly database: Environment['index'];
  readonly key: Uint8Array;
  /** Absent: remove. */
  readonly value: Value | undefined;
}

/**
 * What one transaction will write. Commits that arrive together share a batch: each is checked against memory, which
 * already holds the effects of those before it, and puts its writes here. Records that many of them change (counts,
 * positions) are written once, when the batch is sealed.
 */
export class WriteBatch {
  readonly environment: Environment;
  readonly state: StoreState;
  readonly #writes: Write[] = [];
  readonly #queues = new Set<QueueState>();
  readonly #logs = new Set<LogState>();
  readonly #readers = new Set<Reader>();
  #isMetaTouched = false;
  /** FIFO groups that gained or lost members, by queue and hash. */
  readonly touchedGroups = new Map<string, TouchedGroup>();
  /** Idempotency keys of this batch that the database does not show yet, by hash. */
  readonly remembered = new Map<string, { readonly expiresAt: number; readonly messageId: string }>();
  /** Shelves of dead letters that this batch looks at or changes, by pipeline. */
  readonly #shelves = new Map<string, LetterShelf>();
  /** Names of sources that have something to lease once this is on disk. */
  readonly becameReady = new Set<string>();

  constructor(environment: Environment, state: StoreState) {
    this.environment = environment;
    this.state = state;
  }

  get size(): number {
    return this.#writes.length;
  }

  putIndex(key: Uint8Array, value: Value): void {
    this.#writes.push({ database: this.environment.index, key, value });
  }

  removeIndex(key: Uint8Array): void {
    this.#writes.push({ database: this.environment.index, key, value: undefined });
  }

  putMessage(key: Uint8Array, value: Value): void {
    this.#writes.push({ database: this.environment.messages, key, value });
  }

  removeMessage(key: Uint8Array): void {
    this.#writes.push({ database: this.environment.messages, key, value: undefined });
  }

  touchMeta(): void {
    this.#isMetaTouched = true;
  }

  touchQueue(queue: QueueState): void {
    this.#queues.add(queue);
  }

  touchLog(log: LogState): void {
    this.#logs.add(log);
  }

  touchReader(reader: Reader): void {
    this.#readers.add(reader);
  }

  /** As this batch sees it. */
  shelf(pipelineId: string): LetterShelf {
    let shelf = this.#shelves.get(pipelineId);
    if (shelf === undefined) {
      shelf = new LetterShelf(this, pipelineId);
      this.#shelves.set(pipelineId, shelf);
    }
    return shelf;
  }

  addGroup(group: GroupState): void {
    this.putIndex(groupRecordKey(group.number), JSON.stringify({ id: group.id, log: group.log.number }));
    for (const reader of group.readers) this.touchReader(reader);
    this.touchMeta();
  }

  tellReady(source: LeaseSource): void {
    this.becameReady.add(sourceName(source));
  }

  /** Adds the records that were touched. Nothing else is added after this. */
  seal(): void {
    freeGroups(this);
    for (const queue of this.#queues) this.putIndex(queueRecordKey(queue.number), JSON.stringify(queue.toRecord()));
    for (const log of this.#logs) this.putIndex(logRecordKey(log.number), JSON.stringify(log.toRecord()));
    for (const reader of this.#readers) {
      this.putIndex(positionKey(reader.group.number, reader.partition), JSON.stringify(reader.toRecord()));
    }
    for (const shelf of this.#shelves.values()) shelf.seal();
    if (this.#isMetaTouched) this.putIndex(META_KEY, JSON.stringify(this.state.toMetaRecord()));
  }

  /** Must not throw: keys and values were made before. */
  write(): void {
    for (const { database, key, value } of this.#writes) {
      // The promises settle with the batch, which is the one that is waited for.
      if (value === undefined) void database.remove(key);
      else void database.put(key, value as string); // bytes are taken as they are
    }
  }
}
