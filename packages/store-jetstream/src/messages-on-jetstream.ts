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
import type { Batch } from './batch.ts';
import { commit } from './commit.ts';
import type { CommitLine } from './commit-line.ts';
import { listLetters, readLetter } from './dead-letters.ts';
import { declareGroup, declareLog, dropGroup } from './declare.ts';
import { forgetPipeline } from './forget-pipeline.ts';
import { forgetExpiredKeys, recallKey } from './idempotency-keys.ts';
import { extendLease } from './extend-lease.ts';
import { leaseWork } from './lease-work.ts';
import type { Link } from './link.ts';
import { backlogOfGroup, backlogOfQueue, peekBeforeGroup, peekIntoQueue } from './look.ts';
import { nameHash } from './message-codec.ts';
import type { Durability, JetStreamStore } from './open-jetstream-store.ts';
import type { Ownership } from './ownership.ts';
import { prepareCommit } from './prepare-commit.ts';
import { purge } from './purge.ts';
import type { Instant } from './put-back.ts';
import { NO_READS, queueThing, readerThing, readForCommit, thingsOf } from './read-for-commit.ts';
import { ReadyListeners } from './ready-listeners.ts';
import { takeBackOnClose } from './recover.ts';
import { findTargets, seek } from './seek.ts';
import type { StoreFailedError } from './store-errors.ts';
import type { StoreState } from './store-state.ts';
import { cursorSubject } from './streams.ts';
import { findTrimming, trim } from './trim.ts';

/** What must be alone in its batch. */
const EVERYTHING = { looksAt: ['*'], changes: ['*'], bytes: 0 } as const;

/** Leads each call to its operation, through the line. */
export class MessagesOnJetStream implements JetStreamStore {
  readonly durability: Durability;
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #link: Link;
  readonly #state: StoreState;
  readonly #ownership: Ownership;
  readonly #line: CommitLine;
  readonly #listeners = new ReadyListeners();
  readonly #failureListeners = new Set<(error: StoreFailedError) => void>();
  #failure: StoreFailedError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly link: Link;
    readonly state: StoreState;
    readonly ownership: Ownership;
    readonly durability: Durability;
    readonly makeLine: (told: {
      readonly now: () => number;
      readonly tellReady: (batch: Batch) => void;
      readonly onFailure: (error: StoreFailedError) => void;
    }) => CommitLine;
  }) {
    this.#clock = options.clock;
    this.#time = createSteadyTime(options.clock, options.state.steadyAt);
    this.#link = options.link;
    this.#state = options.state;
    this.#ownership = options.ownership;
    this.durability = options.durability;
    this.#line = options.makeLine({
      now: this.#time.now,
      tellReady: (batch) => {
        for (const name of batch.becameReady) this.#listeners.tell(name);
      },
      onFailure: (error) => {
        this.#failure = error;
        for (const listener of this.#failureListeners) queueMicrotask(() => listener(error));
      },
    });
  }

  async commit(operations: readonly StoreOperation[]): Promise<CommitResult> {
    const prepared = prepareCommit(this.#time.operations(operations), this.#link.textMax);
    const { looksAt, changes } = thingsOf(this.#state, prepared);
    if (looksAt.length === 0)
      return this.#line.change(changes, (batch) => commit(batch, prepared, NO_READS), prepared.bytes);
    return this.#line.submit({
      looksAt,
      changes,
      bytes: prepared.bytes,
      prepare: () => readForCommit(this.#link, this.#state, { prepared, now: this.#clock.now() }),
      run: (batch, reads) => commit(batch, prepared, reads),
    });
  }

  async lease(request: LeaseRequest): Promise<LeaseResult> {
    if (!(request.max >= 1)) throw new RangeError(`A lease asks for at least 1 message, not ${request.max}.`);
    const on = { link: this.#link, state: this.#state, instant: () => this.#instant() };
    return this.#time.leases(await this.#line.submit(leaseWork(on, request)));
  }

  async extend(lease: Lease, leaseMs: number): Promise<Lease | undefined> {
    const { source } = lease;
    const thing = source.kind === 'queue' ? queueThing(source.queue) : readerThing(source);
    return this.#line.change([thing], () => {
      const isHeld = extendLease(this.#state, lease, this.#clock.monotonicMs() + leaseMs);
      return isHeld ? { ...lease, expiresAt: this.#clock.now() + leaseMs } : undefined;
    });
  }

  onReady(source: LeaseSource, listener: () => void): () => void {
    this.#line.assertUsable();
    return this.#listeners.add(source, listener);
  }

  async recall(scope: string, key: string): Promise<string | undefined> {
    return this.#line.read(() => recallKey(this.#link, nameHash(scope, key), this.#clock.now()));
  }

  async cursor(source: string): Promise<Json | undefined> {
    const stored = await this.#line.read(() => this.#link.last('records', cursorSubject(nameHash(source))));
    return stored === undefined ? undefined : (JSON.parse(stored.text) as Json); // written by `commit`
  }

  async declareLog(declaration: LogDeclaration): Promise<{ readonly partitions: number }> {
    return this.#alone((batch) => ({ partitions: declareLog(batch, declaration) }));
  }

  async declareGroup(declaration: GroupDeclaration): Promise<void> {
    await this.#alone((batch) => declareGroup(batch, declaration));
  }

  async dropGroup(log: LogId, group: GroupId): Promise<void> {
    await this.#alone((batch) => dropGroup(batch, { log, group }));
  }

  async seek(request: SeekRequest): Promise<{ readonly messages: number } | undefined> {
    const group = () => this.#state.logs.get(request.log)?.groups.get(request.group);
    return this.#line.submit({
      ...EVERYTHING,
      prepare: async () => {
        const found = group();
        return found === undefined ? [] : findTargets(this.#link, found, request);
      },
      run: (batch, targets) => {
        const found = group();
        if (found === undefined) return undefined;
        for (const target of targets) seek(batch, target, this.#instant());
        return { messages: found.readers.reduce((sum, { unread }) => sum + unread.messages, 0) };
      },
    });
  }

  async trim({ log: id, ageMs, bytes }: TrimRequest): Promise<number> {
    const limits = { enqueuedBefore: this.#clock.now() - ageMs, bytes };
    const log = () => this.#state.logs.get(id);
    return this.#line.submit({
      ...EVERYTHING,
      prepare: async () => {
        const found = log();
        return found === undefined ? [] : findTrimming(this.#link, found, limits);
      },
      run: (batch, trimmings) => {
        const found = log();
        return found === undefined ? 0 : trim(batch, found, trimmings);
      },
    });
  }

  async backlog(
    source: { readonly queue: QueueId } | { readonly log: LogId; readonly group: GroupId },
  ): Promise<Backlog> {
    return this.#line.read(() =>
      'queue' in source
        ? backlogOfQueue(this.#link, this.#state.queues.get(source.queue), this.#instant())
        : backlogOfGroup(this.#link, this.#state.logs.get(source.log)?.groups.get(source.group), this.#instant()),
    );
  }

  async retained(log: LogId): Promise<{ readonly messages: number; readonly bytes: number }> {
    return this.#line.read(() => {
      const state = this.#state.logs.get(log);
      return { messages: state?.messages ?? 0, bytes: state?.bytes ?? 0 };
    });
  }

  async peek({ source, limit, after }: Parameters<MessageStore['peek']>[0]): Promise<readonly PeekedMessage[]> {
    const seen = await this.#line.read(() => {
      const at = this.#instant();
      if ('queue' in source) {
        const queue = this.#state.queues.get(source.queue);
        return queue === undefined ? [] : peekIntoQueue(this.#link, queue, { after: after?.position ?? 0, limit, at });
      }
      const group = this.#state.logs.get(source.log)?.groups.get(source.group);
      return group === undefined
        ? []
        : peekBeforeGroup(this.#link, group, { after: after ?? { position: -1 }, limit, at });
    });
    return this.#time.peeked(seen);
  }

  async purge(id: QueueId): Promise<number> {
    return this.#alone((batch) => {
      const queue = this.#state.queues.get(id);
      return queue === undefined ? 0 : purge(batch, queue, this.#instant());
    });
  }

  async queues(prefix: string): Promise<readonly QueueId[]> {
    return this.#line.read(() =>
      [...this.#state.queues.values()]
        .filter(({ id, messages }) => messages > 0 && id.startsWith(prefix))
        .map(({ id }) => id),
    );
  }

  async groups(prefix: string): Promise<readonly { readonly log: LogId; readonly group: GroupId }[]> {
    return this.#line.read(() =>
      [...this.#state.logs.values()].flatMap((log) =>
        [...log.groups.keys()].filter((group) => group.startsWith(prefix)).map((group) => ({ log: log.id, group })),
      ),
    );
  }

  async deadLetters(request: Parameters<MessageStore['deadLetters']>[0]): Promise<readonly DeadLetter[]> {
    return this.#line.read(() => listLetters(this.#link, this.#state, request));
  }

  async deadLetter(pipelineId: string, letterId: string): Promise<DeadLetter | undefined> {
    return this.#line.read(() => readLetter(this.#link, this.#state.shelves.get(pipelineId), letterId));
  }

  async deadLetterCounts(pipelineId: string): Promise<Readonly<Record<string, number>>> {
    return this.#line.read(() => this.#state.shelves.get(pipelineId)?.countsByNode() ?? {});
  }

  async deadLetterGroups(pipelineId: string): Promise<readonly DeadLetterGroup[]> {
    return this.#line.read(() => this.#state.shelves.get(pipelineId)?.groups() ?? []);
  }

  async deadLetterUsage(pipelineId: string): Promise<{ readonly messages: number; readonly bytes: number }> {
    return this.#line.read(() => {
      const shelf = this.#state.shelves.get(pipelineId);
      return { messages: shelf?.messages ?? 0, bytes: shelf?.bytes ?? 0 };
    });
  }

  async forgetPipeline(pipelineId: string): Promise<void> {
    await this.#alone((batch) => forgetPipeline(batch, pipelineId));
  }

  async forgetExpired(max: number): Promise<number> {
    return this.#line.read(() => forgetExpiredKeys(this.#link, { max, now: this.#clock.now() }));
  }

  onFailure(listener: (error: StoreFailedError) => void): () => void {
    const failure = this.#failure;
    if (failure !== undefined) queueMicrotask(() => listener(failure));
    else this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  crash(): Promise<void> {
    this.#closing ??= this.#abandon();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#line.stop();
      this.#listeners.clear();
      if (this.#failure === undefined) await this.#line.finish((batch) => takeBackOnClose(batch, this.#instant()));
    } finally {
      this.#ownership.giveUp();
      await this.#link.close();
    }
  }

  async #abandon(): Promise<void> {
    this.#line.abandon();
    this.#listeners.clear();
    await this.#link.close();
  }

  #alone<Answer>(run: (batch: Batch) => Answer): Promise<Answer> {
    return this.#line.submit({ ...EVERYTHING, prepare: async () => undefined, run });
  }

  #instant(): Instant {
    return { now: this.#time.now(), monotonicMs: this.#clock.monotonicMs() };
  }
}
