import { join } from 'node:path';
import {
  createEngine,
  type Clock,
  type Engine,
  type IdSource,
  type LogConnector,
  type MessageStore,
  type Problem,
  type SecretConnector,
  type TraceStore,
} from '@sluice/engine';
import { behaviourCatalogue } from '@sluice/nodes/behaviours';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import { type LmdbTraceStore, openLmdbStore, openLmdbTraceStore } from '@sluice/store-lmdb';
import { createBreath } from './create-breath.ts';
import { COMMIT_BOUNDS_SECONDS, createDurationHistogram, type HistogramSnapshot } from './duration-histogram.ts';
import { diskTrouble, intakeHold } from './disk/intake-hold.ts';
import { createPendingWrites } from './disk/pending-writes.ts';
import { watchDiskRoom } from './disk/watch-disk-room.ts';
import { createEgressGateway } from './egress/create-egress-gateway.ts';
import type { EgressPolicy } from './egress/egress-policy.ts';
import type { OwnListener } from './egress/own-listener.ts';
import { createSystemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';
import { nodeDigests } from './node-digests.ts';
import { createTimeOrderedIds } from './time-ordered-ids.ts';
import { timedStore } from './timed-store.ts';

/** A message store that tells when it can no longer keep its promises. */
export interface FailingStore extends MessageStore {
  onFailure(listener: (error: Error) => void): () => void;
  /** Bytes that it can write before its files grow. */
  freeBytes(): number;
}

export interface RuntimeOptions {
  /** Queues, logs and cursors are kept in `<dataDir>/messages`, by one process at a time. */
  readonly dataDir: string;
  /** While less than this can be written to the disk, sources are held; bytes. Absent: see `DISK_RESERVE`. */
  readonly diskReserveBytes?: number;
  readonly egress: EgressPolicy;
  /** Where the host takes requests on behalf of this runtime: of that, pipelines may call only the webhooks. */
  readonly own?: OwnListener;
  readonly secrets: SecretConnector;
  /** Where `log` nodes write. */
  readonly log: LogConnector;
  /** Another store in place of LMDB. */
  readonly openStore?: (clock: Clock) => Promise<FailingStore>;
}

/** The engine on real time, disk and network. */
export interface Runtime {
  readonly engine: Engine;
  readonly store: MessageStore;
  /** The ways that messages took; `undefined` when their file could not be opened, which is no failure of the runtime. */
  readonly traces: TraceStore | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** How long commits took, in seconds. */
  commitTimes(): HistogramSnapshot;
  /**
   * Why webhooks are to be refused just now: the disk does not answer, or is nearly full. For `createIngress`,
   * which asks before it reads anything.
   */
  intakeHold(): Problem | undefined;
  /** What is wrong with the disk just now; `undefined` when it answers. For whoever is asked whether we are well. */
  diskTrouble(): string | undefined;
  /** The disk is nearly full: all sources are held. */
  isDiskShort(): boolean;
  /** The store has failed: nothing more is accepted and the process should end. Called once, also when it has happened. */
  onFailure(listener: (error: Error) => void): () => void;
  /** Stops the engine within the deadline, then lets go of network and folder. Calling it again waits for the first call. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Where traces end: about a day of a busy pipeline's samples and failures. What is beyond goes, oldest first. */
const TRACE_BOUNDS = { hops: 1_000_000, bytes: 536_870_912, ageMs: 7 * 86_400_000 } as const;

/** The message store of a data folder, for hosts that open it ahead of the runtime. */
export function openMessageStore({
  dataDir,
  clock,
}: {
  readonly dataDir: string;
  readonly clock: Clock;
}): Promise<FailingStore> {
  return openLmdbStore({ dir: join(dataDir, 'messages'), clock });
}

/**
 * Opens the store and starts an engine with nothing deployed.
 *
 * Rejects with `EgressPolicyError` or with the store's error (`data-dir-in-use`, `data-dir-unusable` ...), and leaves
 * nothing open then.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const clock = createSystemClock();
  const ids = createTimeOrderedIds(clock);
  const { dataDir } = options;
  // First, because a policy that cannot be read is the one thing here that leaves nothing to close.
  const http = createEgressGateway({
    policy: options.egress,
    ...(options.own === undefined ? {} : { own: options.own }),
  });
  const opened = await (options.openStore?.(clock) ?? openMessageStore({ dataDir, clock }));
  const commitSeconds = createDurationHistogram(COMMIT_BOUNDS_SECONDS);
  const writes = createPendingWrites(clock);
  const store = timedStore(opened, { observe: (seconds) => commitSeconds.observe(seconds), writes });
  const room = await watchDiskRoom({
    dir: dataDir,
    clock,
    freeInside: () => opened.freeBytes(),
    reserveBytes: options.diskReserveBytes,
  });
  const traces = await openTraces(options, clock);
  const listeners = new Set<(error: Error) => void>();
  let failure: Error | undefined;
  const fail = (cause: unknown): void => {
    if (failure !== undefined) return;
    failure = cause instanceof Error ? cause : new Error(String(cause));
    for (const listener of listeners) listener(failure);
  };
  const engine = createEngine({
    clock,
    random: systemRandom,
    ids,
    store,
    connectors: { http, log: options.log, secrets: options.secrets, breathe: createBreath(), digests: nodeDigests },
    catalogue: nodeCatalogue,
    behaviours: behaviourCatalogue,
    onFailure: fail,
    diskRoom: room,
    ...(traces === undefined ? {} : { traces }),
  });
  opened.onFailure(fail);

  let stopping: Promise<void> | undefined;
  const stop = async (deadlineMs: number): Promise<void> => {
    room.stop();
    try {
      await engine.close({ deadlineMs });
    } finally {
      await http.close();
      await traces?.close();
      await opened.close();
    }
  };

  return {
    engine,
    store,
    traces,
    clock,
    ids,
    commitTimes: () => commitSeconds.snapshot(),
    intakeHold: () => intakeHold(writes, room),
    diskTrouble: () => diskTrouble(writes),
    isDiskShort: () => room.isShort(),
    onFailure(listener) {
      listeners.add(listener);
      if (failure !== undefined) listener(failure);
      return () => listeners.delete(listener);
    },
    stop: ({ deadlineMs }) => (stopping ??= stop(deadlineMs)),
  };
}

/** Traces are a help and no promise: where they cannot be opened, everything else goes on. */
async function openTraces(options: RuntimeOptions, clock: Clock): Promise<LmdbTraceStore | undefined> {
  try {
    return await openLmdbTraceStore({ dir: join(options.dataDir, 'traces'), bounds: TRACE_BOUNDS, clock });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    options.log.write({ pipelineId: '', nodeId: '', level: 'error', text: `No traces are kept: ${why}` });
    return undefined;
  }
}
