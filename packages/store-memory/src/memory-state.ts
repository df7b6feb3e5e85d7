import type { Json, LogId, QueueId } from '@sluice/engine';
import { DeadLetterShelf } from './dead-letter-shelf.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { MemoryLog } from './memory-log.ts';
import { type Instant, MemoryQueue } from './memory-queue.ts';

/** What would be on disk, together with the leases that are out. Outlives the store object when its process "dies". */
export class MemoryState {
  readonly queues = new Map<QueueId, MemoryQueue>();
  readonly logs = new Map<LogId, MemoryLog>();
  readonly cursors = new Map<string, Json>();
  readonly keys = new IdempotencyKeys();
  readonly shelves = new Map<string, DeadLetterShelf>();
  /** How far steady time had come when a store last ended on it. */
  steadyAt = Number.NEGATIVE_INFINITY;
  #token = 0;

  readonly nextToken = (): number => {
    this.#token += 1;
    return this.#token;
  };

  queue(id: QueueId): MemoryQueue {
    let queue = this.queues.get(id);
    if (queue === undefined) {
      queue = new MemoryQueue(id);
      this.queues.set(id, queue);
    }
    return queue;
  }

  declareLog(id: LogId, partitions: number): void {
    if (!this.logs.has(id)) this.logs.set(id, new MemoryLog(id, partitions));
  }

  log(id: LogId): MemoryLog {
    const log = this.logs.get(id);
    if (log === undefined) throw new Error(`Log ${id} has not been declared.`);
    return log;
  }

  shelf(pipelineId: string): DeadLetterShelf {
    let shelf = this.shelves.get(pipelineId);
    if (shelf === undefined) {
      shelf = new DeadLetterShelf();
      this.shelves.set(pipelineId, shelf);
    }
    return shelf;
  }

  /** Forgets what belongs to a pipeline. Topics belong to none. */
  forgetPipeline(pipelineId: string): void {
    const prefix = `${pipelineId}/`;
    for (const id of this.queues.keys()) if (id.startsWith(prefix)) this.queues.delete(id);
    for (const log of this.logs.values()) {
      for (const group of log.groups) if (group.startsWith(prefix)) log.dropGroup(group);
      if (log.id.startsWith(prefix) && !log.id.startsWith('topic/')) this.logs.delete(log.id);
    }
    this.shelves.delete(pipelineId);
  }

  takeBackAfterCrash(): void {
    for (const queue of this.queues.values()) queue.takeBackAfterCrash();
    for (const log of this.logs.values()) for (const reader of log.allReaders()) reader.takeBackAfterCrash();
  }

  takeBackOnClose(at: Instant): void {
    for (const queue of this.queues.values()) queue.takeBackOnClose(at);
    for (const log of this.logs.values()) for (const reader of log.allReaders()) reader.takeBackOnClose(at);
  }
}
