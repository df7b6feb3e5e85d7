import {
  type Backlog,
  type Clock,
  type CommitResult,
  type DeadLetter,
  type DeadLetterGroup,
  type GroupDeclaration,
  type GroupId,
  type Json,
  type Lease,
  type LeaseRequest,
  type LeaseResult,
  type LeaseSource,
  type LogDeclaration,
  type LogId,
  type MessageStore,
  type PeekedMessage,
  type QueueId,
  type SeekRequest,
  type StoreOperation,
  type TrimRequest,
  createSteadyTime,
  type SteadyTime,
} from '@sluice/engine';
import { commit } from './commit.ts';
import type { Instant } from './memory-queue.ts';
import { MemoryState } from './memory-state.ts';
import { ReadyListeners } from './ready-listeners.ts';
import { StoreClosedError } from './store-closed-error.ts';

export interface MemoryStore extends MessageStore {
  /**
   * Ends this store as the death of its process would: every later call is refused, nobody is told. Answers the store as
   * it comes up again: everything that was committed, and every lease that was out counted as a crash.
   */
  crash(): MemoryStore;
  /** After `close`: the store as it comes up again. */
  reopen(): MemoryStore;
}

/**
 * A store that keeps everything in memory. Pure: it reads only the clock that it is given, and its promises settle in
 * microtasks, so it works in virtual time and in a browser. Each call takes effect at once, in call order.
 */
export function createMemoryStore(options: { readonly clock: Clock }): MemoryStore {
  return new InMemoryStore(options.clock, new MemoryState());
}

class InMemoryStore implements MemoryStore {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #state: MemoryState;
  readonly #listeners = new ReadyListeners();
  readonly #tell = (source: LeaseSource): void => this.#listeners.tell(source);
  #isOpen = true;

  constructor(clock: Clock, state: MemoryState) {
    this.#clock = clock;
    this.#state = state;
    this.#time = createSteadyTime(clock, state.steadyAt);
  }

  async commit(operations: readonly StoreOperation[]): Promise<CommitResult> {
    this.#assertOpen();
    return commit({
      state: this.#state,
      operations: this.#time.operations(operations),
      now: this.#clock.now(),
      onReady: this.#tell,
    });
  }

  async lease({ source, ...wish }: LeaseRequest): Promise<LeaseResult> {
    this.#assertOpen();
    if (!(wish.max >= 1)) throw new RangeError(`A lease asks for at least 1 message, not ${wish.max}.`);
    const request = { ...wish, at: this.#instant(), nextToken: this.#state.nextToken };
    const from =
      source.kind === 'queue'
        ? this.#state.queues.get(source.queue)
        : this.#state.logs.get(source.log)?.reader(source.group, source.partition);
    return this.#time.leases(from?.lease(request) ?? { leases: [] });
  }

  async extend(lease: Lease, leaseMs: number): Promise<Lease | undefined> {
    this.#assertOpen();
    const { source } = lease;
    const from =
      source.kind === 'queue'
        ? this.#state.queues.get(source.queue)
        : this.#state.logs.get(source.log)?.reader(source.group, source.partition);
    const extended = from?.extend(lease, leaseMs, this.#instant());
    return extended === undefined ? undefined : this.#time.lease(extended);
  }

  onReady(source: LeaseSource, listener: () => void): () => void {
    this.#assertOpen();
    return this.#listeners.add(source, listener);
  }

  async recall(scope: string, key: string): Promise<string | undefined> {
    this.#assertOpen();
    return this.#state.keys.recall(scope, key, this.#clock.now());
  }

  async cursor(source: string): Promise<Json | undefined> {
    this.#assertOpen();
    return this.#state.cursors.get(source);
  }

  async declareLog({ log, partitions }: LogDeclaration): Promise<{ readonly partitions: number }> {
    this.#assertOpen();
    this.#state.declareLog(log, partitions);
    return { partitions: this.#state.log(log).partitions.length };
  }

  async declareGroup({ log, group, startFrom }: GroupDeclaration): Promise<void> {
    this.#assertOpen();
    this.#state.log(log).addGroup(group, startFrom);
  }

  async seek({ log, group, partition, to }: SeekRequest): Promise<{ readonly messages: number } | undefined> {
    this.#assertOpen();
    const found = this.#state.logs.get(log);
    if (found === undefined || !found.groups.includes(group)) return undefined;
    found.seek(group, { partition, to, at: this.#instant() });
    for (const { source } of found.readers(group)) this.#tell(source);
    return { messages: found.backlog(group, this.#instant()).messages };
  }

  async dropGroup(log: LogId, group: GroupId): Promise<void> {
    this.#assertOpen();
    this.#state.logs.get(log)?.dropGroup(group);
  }

  async trim({ log, ageMs, bytes }: TrimRequest): Promise<number> {
    this.#assertOpen();
    return this.#state.logs.get(log)?.trim({ enqueuedBefore: this.#clock.now() - ageMs, bytes }) ?? 0;
  }

  async backlog(
    source: { readonly queue: QueueId } | { readonly log: LogId; readonly group: GroupId },
  ): Promise<Backlog> {
    this.#assertOpen();
    const at = this.#instant();
    const backlog =
      'queue' in source
        ? this.#state.queues.get(source.queue)?.backlog(at)
        : this.#state.logs.get(source.log)?.backlog(source.group, at);
    return backlog ?? { messages: 0, bytes: 0, inHand: 0, delayed: 0 };
  }

  async retained(log: LogId): Promise<{ readonly messages: number; readonly bytes: number }> {
    this.#assertOpen();
    const retained = this.#state.logs.get(log);
    return { messages: retained?.retainedMessages ?? 0, bytes: retained?.retainedBytes ?? 0 };
  }

  async peek({ source, limit, after }: Parameters<MessageStore['peek']>[0]): Promise<readonly PeekedMessage[]> {
    this.#assertOpen();
    const at = this.#instant();
    const from = { partition: after?.partition ?? 0, position: after?.position ?? -1 };
    const messages =
      'queue' in source
        ? this.#state.queues.get(source.queue)?.peek(after?.position ?? 0, limit, at)
        : this.#state.logs.get(source.log)?.peek({ group: source.group, limit, after: from, at });
    return this.#time.peeked(messages ?? []);
  }

  async purge(queue: QueueId): Promise<number> {
    this.#assertOpen();
    return this.#state.queues.get(queue)?.purge(this.#instant()) ?? 0;
  }

  async queues(prefix: string): Promise<readonly QueueId[]> {
    this.#assertOpen();
    return [...this.#state.queues.values()]
      .filter((queue) => queue.messages > 0 && queue.id.startsWith(prefix))
      .map((queue) => queue.id);
  }

  async groups(prefix: string): Promise<readonly { readonly log: LogId; readonly group: GroupId }[]> {
    this.#assertOpen();
    return [...this.#state.logs.values()].flatMap((log) =>
      log.groups.filter((group) => group.startsWith(prefix)).map((group) => ({ log: log.id, group })),
    );
  }

  async deadLetters(request: Parameters<MessageStore['deadLetters']>[0]): Promise<readonly DeadLetter[]> {
    this.#assertOpen();
    return this.#state.shelves.get(request.pipelineId)?.list(request) ?? [];
  }

  async deadLetter(pipelineId: string, letterId: string): Promise<DeadLetter | undefined> {
    this.#assertOpen();
    return this.#state.shelves.get(pipelineId)?.get(letterId);
  }

  async deadLetterCounts(pipelineId: string): Promise<Readonly<Record<string, number>>> {
    this.#assertOpen();
    return this.#state.shelves.get(pipelineId)?.counts() ?? {};
  }

  async deadLetterGroups(pipelineId: string): Promise<readonly DeadLetterGroup[]> {
    this.#assertOpen();
    return this.#state.shelves.get(pipelineId)?.groups() ?? [];
  }

  async deadLetterUsage(pipelineId: string): Promise<{ readonly messages: number; readonly bytes: number }> {
    this.#assertOpen();
    return this.#state.shelves.get(pipelineId)?.usage ?? { messages: 0, bytes: 0 };
  }

  async forgetPipeline(pipelineId: string): Promise<void> {
    this.#assertOpen();
    this.#state.forgetPipeline(pipelineId);
  }

  async forgetExpired(max: number): Promise<number> {
    this.#assertOpen();
    return this.#state.keys.forgetExpired(max, this.#clock.now());
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#state.takeBackOnClose(this.#instant());
    this.#end();
  }

  crash(): MemoryStore {
    this.#assertOpen();
    this.#state.takeBackAfterCrash();
    this.#end();
    return new InMemoryStore(this.#clock, this.#state);
  }

  reopen(): MemoryStore {
    if (this.#isOpen) throw new Error('The store is open; close it, or crash it.');
    return new InMemoryStore(this.#clock, this.#state);
  }

  #end(): void {
    this.#state.steadyAt = this.#time.now();
    this.#isOpen = false;
    this.#listeners.clear();
  }

  #instant(): Instant {
    return { now: this.#time.now(), monotonicMs: this.#clock.monotonicMs() };
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new StoreClosedError();
  }
}
