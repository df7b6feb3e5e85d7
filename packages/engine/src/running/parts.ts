import type { Budgets } from '../delivery/budgets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Connectors } from '../ports/connectors.ts';
import type { DiskRoom } from '../ports/disk-room.ts';
import type { IdSource } from '../ports/id-source.ts';
import type { CommitResult, Lease, MessageStore, StoreOperation } from '../ports/message-store.ts';
import type { Random } from '../ports/random.ts';
import type { EngineNotice } from '../engine-interface.ts';
import type { Tracer } from '../measure/tracer.ts';
import type { TraceEntry } from '../trace.ts';

/** What a running pipeline needs of its engine. */
export interface RunningParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly store: MessageStore;
  readonly connectors: Connectors;
  /** The disk; absent: nobody looks after it. */
  readonly diskRoom?: DiskRoom | undefined;
  readonly budgets: Budgets;
  /** Commits; a rejection is reported to the engine as the failure of the store and passed on. */
  commit(operations: readonly StoreOperation[]): Promise<CommitResult>;
  /** The store, or something else that must not fail, has failed: the engine stands still from now on. */
  fail(error: unknown): void;
  notice(notice: Omit<EngineNotice, 'at'>): void;
  /** Told every step of every message; absent where nobody looks, so that nothing is built for it. */
  readonly trace: ((entry: Omit<TraceEntry, 'at'>) => void) | undefined;
  /** Where the ways of messages are kept; absent where nobody keeps them. */
  readonly tracer: Tracer | undefined;
  /** A message has left its queue or partition for good: worked on, or dead. Called after the commit. */
  settled(pipelineId: string, lease: Lease, outcome: 'worked' | 'dead'): void;
}
