import {
  createEngine,
  type BehaviourCatalogue,
  type DeployResult,
  type IngressAnswer,
  type Json,
  type MessageStore,
  type PipelineFigures,
  type TraceEntry,
} from '@sluice/engine';
import type { NodeCatalogue, PipelineDocument } from '@sluice/pipeline';
import { createMemoryStore } from '@sluice/store-memory';
import { createModelledTarget, type ReceivedCall, type TargetModel } from './modelled-target.ts';
import { createCountingIds, createSeededRandom } from './seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** Requests that arrive at a webhook. */
export interface Arrivals {
  readonly path: string;
  /** On average; spaced by chance, as independent senders are. */
  readonly perSecond: number;
  readonly fromMs: number;
  readonly toMs: number;
  payload(sequence: number): Json;
}

export interface SimulationRequest {
  readonly document: PipelineDocument;
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
  readonly seed: number;
  readonly durationMs: number;
  readonly arrivals: readonly Arrivals[];
  readonly target: TargetModel;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Gives the turn to the host's task queue and comes back: `setImmediate` in Node, a message channel in a browser. */
  readonly settle: () => Promise<void>;
}

export interface SimulationReport {
  readonly deployed: DeployResult;
  readonly trace: readonly TraceEntry[];
  readonly received: readonly ReceivedCall[];
  readonly answers: readonly IngressAnswer[];
  readonly figures: PipelineFigures | undefined;
  /** The store as the simulation left it. */
  readonly store: MessageStore;
}

const PIPELINE_ID = 'simulated';

/**
 * Runs the engine, the same code as in operation, on virtual time against the memory store and a modelled target.
 * The report is a pure function of the request: the same seed gives the same trace, byte for byte.
 */
export async function simulate(request: SimulationRequest): Promise<SimulationReport> {
  const clock = createVirtualClock(request.settle);
  const store = createMemoryStore({ clock });
  const target = createModelledTarget({ model: request.target, clock, random: createSeededRandom(request.seed, 'target') });
  const trace: TraceEntry[] = [];
  const answers: IngressAnswer[] = [];
  let failure: unknown;

  const engine = createEngine({
    clock,
    random: createSeededRandom(request.seed, 'engine'),
    ids: createCountingIds(),
    store,
    connectors: {
      http: target,
      log: { write: () => {} },
      secrets: { find: (name) => Promise.resolve(request.secrets?.[name]) },
    },
    catalogue: request.catalogue,
    behaviours: request.behaviours,
    onFailure: (error) => {
      failure ??= error;
    },
    trace: (entry) => trace.push(entry),
  });

  const deployed = await engine.deploy({ pipelineId: PIPELINE_ID, version: 1, document: request.document });
  if (deployed.ok) {
    for (const [index, arrivals] of request.arrivals.entries()) {
      const random = createSeededRandom(request.seed, `arrivals-${index}`);
      const send = (sequence: number): void => {
        const found = engine.route({ pipelineName: request.document.name, path: arrivals.path, method: 'POST' });
        if (!found.ok) {
          answers.push(found);
          return;
        }
        const body = encodeUtf8(JSON.stringify(arrivals.payload(sequence)));
        void found.route
          .receive({ method: 'POST', path: arrivals.path, query: {}, headers: { 'content-type': 'application/json' }, body })
          .then(
            (answer) => answers.push(answer),
            (error: unknown) => {
              failure ??= error;
            },
          );
      };
      let sequence = 0;
      const next = (atMs: number): void => {
        const gapMs = (-Math.log(1 - random.next()) * 1_000) / arrivals.perSecond;
        const dueMs = atMs + gapMs;
        if (dueMs >= arrivals.toMs) return;
        clock.setTimer(dueMs - clock.monotonicMs(), () => {
          send(sequence);
          sequence += 1;
          next(dueMs);
        });
      };
      next(arrivals.fromMs);
    }
  }
  await clock.run(request.durationMs);
  if (failure !== undefined) throw failure;
  return { deployed, trace, received: target.received, answers, figures: await engine.figures(PIPELINE_ID), store };
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
