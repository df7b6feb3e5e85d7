import {
  createEngine,
  type BehaviourCatalogue,
  type Clock,
  type DeploymentRequest,
  type DeployResult,
  type DiskRoom,
  type Engine,
  type EngineNotice,
  type HttpConnector,
  type IngressAnswer,
  type Json,
  type MessageStore,
  type TraceEntry,
} from '@sluice/engine';
import type { NodeCatalogue } from '@sluice/pipeline';
import { createProcessClock } from './process-clock.ts';
import { createCountingIds, createSeededRandom } from './seeded-random.ts';
import { createSlowStore, DiskError, type DiskModel } from './slow-store.ts';
import { memoryStorage, type StorageFactory } from './storage.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface WorldRequest {
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
  readonly seed: number;
  /** Gives the turn to the host's task queue and comes back: `setImmediate` in Node, a message channel in a browser. */
  readonly settle: () => Promise<void>;
  /** Called for each process. Targets are outside: their time goes on when a process dies. */
  readonly connect: (worldClock: Clock) => HttpConnector;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Absent: stores in memory. */
  readonly storage?: StorageFactory;
  /** Absent: the store answers at once. */
  readonly disk?: DiskModel;
  /** A process whose disk failed ends, and comes up again after this; ms. Absent: such a failure counts among `failures`. */
  readonly supervisedAfterMs?: number;
  /** Absent: there is room for everything. */
  readonly diskRoom?: DiskRoom;
  /** Stands between engine and store, to watch or to disturb. */
  readonly watch?: (store: MessageStore) => MessageStore;
}

/**
 * An engine on virtual time, with what is around it: a store, targets, and senders. The process that the engine stands
 * for can die and come up again; the store then holds what was committed, and the world outside goes on.
 */
export interface World {
  readonly clock: VirtualClock;
  /** The engine of the process that runs now. */
  readonly engine: Engine;
  /** What is on disk, at once, whatever the disk model says. */
  readonly store: MessageStore;
  readonly trace: readonly TraceEntry[];
  readonly notices: readonly EngineNotice[];
  /** What engines reported as failures while they were alive. */
  readonly failures: readonly unknown[];
  deploy(request: Omit<DeploymentRequest, 'pipelineId'> & { readonly pipelineId?: string }): Promise<DeployResult>;
  /** A request to a webhook. `undefined`: there was no process, or it died before it answered. */
  send(
    payload: Json,
    address?: { readonly pipelineName?: string; readonly path?: string },
  ): Promise<IngressAnswer | undefined>;
  /**
   * The process dies: no timer of it fires any more. Of the commits that were on their way the first `finished` (a share)
   * still take effect; nothing by default.
   */
  crash(finished?: number): void;
  /** The process stands still for a while, as under SIGSTOP, and then goes on where it was. */
  freeze(ms: number): void;
  /** A process runs. */
  isUp(): boolean;
  /** A new process on what the store kept, with everything deployed that was deployed. */
  restart(): Promise<void>;
  /** Lets time pass until the promise settles. */
  during<Result>(promise: Promise<Result>, limitMs?: number): Promise<Result>;
}

export const PIPELINE_ID = 'simulated';
const DURING_MS = 600_000;

interface Process {
  readonly engine: Engine;
  isAlive(): boolean;
  readonly died: Promise<undefined>;
  die(finished: number): void;
  freeze(ms: number): void;
  awake(): Promise<void>;
}

export function createWorld(request: WorldRequest): World {
  const clock = createVirtualClock(async () => {
    await request.settle();
    await storage.settled?.();
  });
  const storage = (request.storage ?? memoryStorage)(clock);
  const ids = createCountingIds();
  const deployments = new Map<string, DeploymentRequest>();
  const trace: TraceEntry[] = [];
  const notices: EngineNotice[] = [];
  const failures: unknown[] = [];
  let processes = 0;

  const startProcess = (): Process => {
    processes += 1;
    const name = processes === 1 ? '' : `-${processes}`;
    const processClock = createProcessClock(clock);
    let isAlive = true;
    const watched = request.watch?.(storage.current()) ?? storage.current();
    const slow =
      request.disk === undefined
        ? undefined
        : createSlowStore({
            store: watched,
            disk: request.disk,
            clock: processClock,
            random: createSeededRandom(request.seed, `disk${name}`),
          });
    let die = (_finished: number): void => {};
    const died = new Promise<undefined>((resolve) => {
      die = (finished) => {
        slow?.finish(finished);
        isAlive = false;
        processClock.end();
        resolve(undefined);
      };
    });
    const engine = createEngine({
      clock: processClock,
      random: createSeededRandom(request.seed, `engine${name}`),
      ids,
      store: slow?.store ?? watched,
      connectors: {
        http: mortal(request.connect(clock), { isAlive: () => isAlive, awake: () => processClock.awake() }),
        log: { write: () => {} },
        secrets: { find: (secret) => Promise.resolve(request.secrets?.[secret]) },
      },
      ...(request.diskRoom === undefined ? {} : { diskRoom: request.diskRoom }),
      catalogue: request.catalogue,
      behaviours: request.behaviours,
      onFailure: (error) => {
        if (!isAlive) return;
        if (!(error instanceof DiskError) || request.supervisedAfterMs === undefined) failures.push(error);
        else restartAfter(request.supervisedAfterMs);
      },
      trace: (entry) => {
        if (isAlive) trace.push(entry);
      },
    });
    engine.onNotice((notice) => {
      if (isAlive) notices.push(notice);
    });
    return {
      engine,
      isAlive: () => isAlive,
      died,
      die,
      freeze: (ms) => processClock.freeze(ms),
      awake: () => processClock.awake(),
    };
  };

  const crash = (finished = 0): void => {
    process.die(finished);
    storage.crash();
  };

  const restart = async (): Promise<void> => {
    process = startProcess();
    // As a server does, which has nobody to ask at its start.
    for (const { renew: _renew, ...deployment } of deployments.values()) {
      try {
        await process.engine.deploy({ ...deployment, removedWires: 'drain' });
      } catch (error) {
        // The disk has failed again, and the process with it: whoever looks after it starts the next one.
        if (error instanceof DiskError && request.supervisedAfterMs !== undefined) return;
        throw error;
      }
    }
  };

  const restartAfter = (ms: number): void => {
    crash();
    clock.setTimer(ms, () => {
      if (!process.isAlive()) restart().catch((error: unknown) => failures.push(error));
    });
  };

  let process = startProcess();

  const during = async <Result>(promise: Promise<Result>, limitMs = DURING_MS): Promise<Result> => {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    await clock.runUntil(() => isOver, limitMs);
    if (!isOver) throw new Error(`Nothing came of it in ${limitMs} ms`);
    return promise;
  };

  return {
    clock,
    get engine() {
      return process.engine;
    },
    get store() {
      return storage.current();
    },
    trace,
    notices,
    failures,
    during,
    async deploy(wish) {
      const deployment = { pipelineId: PIPELINE_ID, ...wish };
      const result = await process.engine.deploy(deployment);
      if (result.ok) deployments.set(deployment.pipelineId, deployment);
      return result;
    },
    async send(payload, address = {}) {
      await Promise.race([process.awake(), process.died]);
      if (!process.isAlive()) return undefined;
      const pipelineName = address.pipelineName ?? deployments.get(PIPELINE_ID)?.document.name ?? '';
      const path = address.path ?? 'in';
      const found = process.engine.route({ pipelineName, path, method: 'POST' });
      if (!found.ok) return found;
      const body = encodeUtf8(JSON.stringify(payload));
      const { died } = process;
      const headers = { 'content-type': 'application/json' };
      return Promise.race([found.route.receive({ method: 'POST', path, query: {}, headers, body }), died]);
    },
    crash,
    restart,
    freeze: (ms) => process.freeze(ms),
    isUp: () => process.isAlive(),
  };
}

/** Calls that a process left behind are cancelled: their connections have gone with it. One that stands still hears later. */
function mortal(
  http: HttpConnector,
  process: { readonly isAlive: () => boolean; readonly awake: () => Promise<void> },
): HttpConnector {
  return {
    async call(call) {
      const answer = await Promise.allSettled([
        http.call({
          ...call,
          signal: {
            get cancelled() {
              return call.signal.cancelled || !process.isAlive();
            },
            onCancel: call.signal.onCancel,
          },
        }),
      ]);
      await process.awake();
      const [outcome] = answer;
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    },
  };
}

/** JSON text is turned into bytes here because `TextEncoder` is no part of the language. */
function encodeUtf8(text: string): Uint8Array {
  const escaped = unescapeUtf8(encodeURIComponent(text));
  const bytes = new Uint8Array(escaped.length);
  for (let index = 0; index < escaped.length; index += 1) bytes[index] = escaped.charCodeAt(index);
  return bytes;
}

function unescapeUtf8(encoded: string): string {
  return encoded.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
