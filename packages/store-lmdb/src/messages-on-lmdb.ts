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
import { CommitLine } from './commit-line.ts';
import { countLetters, findLetter, groupLetters, listLetters, usageOfLetters } from './dead-letters.ts';
import { declareGroup, declareLog, dropGroup } from './declare-log.ts';
import type { Environment } from './environment.ts';
import type { FolderLock } from './folder-lock.ts';
import { forgetExpiredKeys, storedKey } from './idempotency-keys.ts';
import { cursorKey } from './keys.ts';
import type { Instant } from './hand-out.ts';
import { leaseFromQueue } from './lease-queue.ts';
import { backlogOfGroup, backlogOfQueue, peekBeforeGroup, peekIntoQueue } from './look.ts';
import { nameHash } from './message-codec.ts';
import type { LmdbStore } from './open-lmdb-store.ts';
import { prepareCommit } from './prepare-commit.ts';
import { leaseFromPartition } from './read-partition.ts';
import { ReadyListeners } from './ready-listeners.ts';
import { returnAll } from './recover.ts';
import type { StoreFailedError } from './store-errors.ts';
import type { StoreState } from './store-state.ts';
import { forgetInSlices, purgeInSlices, seekInSlices, type SlicedWork, trimInSlices } from './works-in-slices.ts';

/** Leads each call to its operation: through the line what writes or must agree with memory, straight to the database what only reads. */
export class MessagesOnLmdb implements LmdbStore {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #environment: Environment;
  readonly #state: StoreState;
  readonly #lock: FolderLock;
  readonly #line: CommitLine;
  readonly #sliced: SlicedWork;
  readonly #listeners = new ReadyListeners();
  readonly #failureListeners = new Set<(error: StoreFailedError) => void>();
  #closing: Promise<void> | undefined;
  #failure: StoreFailedError | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly environment: Environment;
    readonly state: StoreState;
    readonly lock: FolderLock;
  }) {
    this.#clock = options.clock;
    this.#time = createSteadyTime(options.clock, options.state.steadyAt);
    this.#environment = options.environment;
    this.#state = options.state;
    this.#lock = options.lock;
    this.#line = new CommitLine({
      environment: options.environment,
      state: options.state,
      tellReady: (batch) => {
        for (const name of batch.becameReady) this.#listeners.tell(name);
      },
      onFailure: (error) => {
        this.#failure = error;
        for (const listener of this.#failureListeners) queueMicrotask(() => listener(error));
      },
    });
    const { environment, state } = options;
    this.#sliced = { line: this.#line, environment, state, now: () => this.#instant() };
  }

  commit(operations: readonly StoreOperation[]): Promise<CommitResult> {
    return this.#line.writePrepared(() => {
      const prepared = prepareCommit(this.#time.operations(operations));
      return {
        bytes: prepared.bytes,
        work: (batch) => {
          if (prepared.delays && this.#state.noteTime(this.#time.now())) batch.touchMeta();
          const result = commit(batch, prepared, this.#clock.now());
          return () => result;
        },
      };
    });
  }

  async lease({ source, ...wish }: LeaseRequest): Promise<LeaseResult> {
    const result = await this.#line.write((batch) => {
      if (!(wish.max >= 1)) throw new RangeError(`A lease asks for at least 1 message, not ${wish.max}.`);
      const call = { ...wish, at: this.#instant() };
      if (source.kind === 'queue') {
        const queue = this.#state.queues.get(source.queue);
        return queue === undefined ? nothing : leaseFromQueue(batch, queue, call);
      }
      const reader = this.#state.reader(source);
      return reader === undefined ? nothing : leaseFromPartition(batch, reader, call);
    });
    return this.#time.leases(result);
  }

  extend(lease: Lease, leaseMs: number): Promise<Lease | undefined> {
    return this.#line.read(() => {
      const { now, monotonicMs } = this.#instant();
      const extended = this.#time.lease({ ...lease, expiresAt: now + leaseMs });
      if (lease.source.kind === 'queue') {
        const queue = this.#state.queues.get(lease.source.queue);
        const held = queue?.heldUnder(lease.position, lease.token);
        if (queue === undefined || held === undefined) return undefined;
        queue.extend(held, monotonicMs + leaseMs);
        return extended;
      }
      const held = this.#state.reader(lease.source)?.held(lease.position, lease.token);
      if (held === undefined) return undefined;
      held.endsAtMs = monotonicMs + leaseMs;
      return extended;
    });
  }

  onReady(source: LeaseSource, listener: () => void): () => void {
    this.#line.assertUsable();
    return this.#listeners.add(source, listener);
  }

  async recall(scope: string, key: string): Promise<string | undefined> {
    this.#line.assertUsable();
    const stored = storedKey(this.#environment, nameHash(scope, key));
    return stored !== undefined && stored.expiresAt > this.#clock.now() ? stored.messageId : undefined;
  }

  async cursor(source: string): Promise<Json | undefined> {
    this.#line.assertUsable();
    const text = this.#environment.index.get(cursorKey(nameHash(source)));
    return text === undefined ? undefined : (JSON.parse(text) as Json); // written by `commit`
  }

  async declareLog(declaration: LogDeclaration): Promise<{ readonly partitions: number }> {
    return this.#line.write((batch) => {
      const partitions = declareLog(batch, declaration);
      return () => ({ partitions });
    });
  }

  async declareGroup(declaration: GroupDeclaration): Promise<void> {
    await this.#line.write((batch) => {
      declareGroup(batch, declaration);
      return done;
    });
  }

  seek(request: SeekRequest): Promise<{ readonly messages: number } | undefined> {
    return seekInSlices(this.#sliced, request);
  }

  async dropGroup(log: LogId, group: GroupId): Promise<void> {
    await this.#line.writeAlone((batch) => {
      dropGroup(batch, { log, group });
      return done;
    });
  }

  trim({ log, ageMs, bytes }: TrimRequest): Promise<number> {
    return trimInSlices(this.#sliced, log, { enqueuedBefore: this.#clock.now() - ageMs, bytes });
  }

  backlog(source: { readonly queue: QueueId } | { readonly log: LogId; readonly group: GroupId }): Promise<Backlog> {
    return this.#line.read(() =>
      'queue' in source
        ? backlogOfQueue(this.#environment, this.#state.queues.get(source.queue), this.#instant())
        : backlogOfGroup(this.#environment, this.#state.group(source.log, source.group), this.#instant()),
    );
  }

  retained(log: LogId): Promise<{ readonly messages: number; readonly bytes: number }> {
    return this.#line.read(() => {
      const state = this.#state.logs.get(log);
      return { messages: state?.messages ?? 0, bytes: state?.bytes ?? 0 };
    });
  }

  async peek({ source, limit, after }: Parameters<MessageStore['peek']>[0]): Promise<readonly PeekedMessage[]> {
    const messages = await this.#line.read(() => {
      const at = this.#instant();
      if ('queue' in source) {
        const queue = this.#state.queues.get(source.queue);
        return queue === undefined
          ? []
          : peekIntoQueue(this.#environment, queue, { after: after?.position ?? 0, limit, at });
      }
      const group = this.#state.group(source.log, source.group);
      return group === undefined
        ? []
        : peekBeforeGroup(this.#environment, group, { after: after ?? { position: -1 }, limit, at });
    });
    return this.#time.peeked(messages);
  }

  purge(queue: QueueId): Promise<number> {
    return purgeInSlices(this.#sliced, queue);
  }

  queues(prefix: string): Promise<readonly QueueId[]> {
    return this.#line.read(() =>
      [...this.#state.queues.values()]
        .filter(({ id, messages }) => messages > 0 && id.startsWith(prefix))
        .map(({ id }) => id),
    );
  }

  groups(prefix: string): Promise<readonly { readonly log: LogId; readonly group: GroupId }[]> {
    return this.#line.read(() =>
      [...this.#state.logs.values()].flatMap((log) =>
        [...log.groups.keys()].filter((group) => group.startsWith(prefix)).map((group) => ({ log: log.id, group })),
      ),
    );
  }

  async deadLetters(request: Parameters<MessageStore['deadLetters']>[0]): Promise<readonly DeadLetter[]> {
    this.#line.assertUsable();
    return listLetters(this.#environment, request, () => this.#line.assertUsable());
  }

  async deadLetterCounts(pipelineId: string): Promise<Readonly<Record<string, number>>> {
    this.#line.assertUsable();
    return countLetters(this.#environment, pipelineId);
  }

  async deadLetter(pipelineId: string, letterId: string): Promise<DeadLetter | undefined> {
    this.#line.assertUsable();
    return findLetter(this.#environment, { pipelineId, letterId });
  }

  async deadLetterGroups(pipelineId: string): Promise<readonly DeadLetterGroup[]> {
    this.#line.assertUsable();
    return groupLetters(this.#environment, pipelineId);
  }

  async deadLetterUsage(pipelineId: string): Promise<{ readonly messages: number; readonly bytes: number }> {
    this.#line.assertUsable();
    return usageOfLetters(this.#environment, pipelineId);
  }

  forgetPipeline(pipelineId: string): Promise<void> {
    return forgetInSlices(this.#sliced, pipelineId);
  }

  forgetExpired(max: number): Promise<number> {
    return this.#line.writeAlone((batch) => {
      const forgotten = forgetExpiredKeys(batch, { max, now: this.#clock.now() });
      return () => forgotten;
    });
  }

  onFailure(listener: (error: StoreFailedError) => void): () => void {
    const failure = this.#failure;
    if (failure !== undefined) queueMicrotask(() => listener(failure));
    else this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  freeBytes(): number {
    this.#line.assertUsable();
    return this.#environment.freeBytes();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end({ areLeasesReturned: true });
    return this.#closing;
  }

  crash(): Promise<void> {
    this.#closing ??= this.#end({ areLeasesReturned: false });
    return this.#closing;
  }

  async #end({ areLeasesReturned }: { readonly areLeasesReturned: boolean }): Promise<void> {
    await this.#line.stop();
    this.#listeners.clear();
    try {
      if (areLeasesReturned && this.#failure === undefined)
        await returnAll(this.#environment, this.#state, this.#instant());
    } finally {
      await this.#environment.close();
      await this.#lock.release();
    }
  }

  #instant(): Instant {
    return { now: this.#time.now(), monotonicMs: this.#clock.monotonicMs() };
  }
}

/** A moment that lies ahead is about to be written. */

function nothing(): LeaseResult {
  return { leases: [] };
}

function done(): void {
  // Nothing to answer.
}
