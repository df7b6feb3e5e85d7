import type {
  BehaviourCatalogue,
  DeployResult,
  IngressAnswer,
  Json,
  MessageStore,
  PipelineFigures,
  TraceEntry,
} from '@sluice/engine';
import type { NodeCatalogue, PipelineDocument } from '@sluice/pipeline';
import { createModelledTarget, type ReceivedCall, type TargetModel } from './modelled-target.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { DiskModel } from './slow-store.ts';
import { createWorld, PIPELINE_ID } from './world.ts';

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
  /** Absent: the store answers at once. */
  readonly disk?: DiskModel;
  /** Deaths of the process, ms from the start; after `downMs` it comes up again. */
  readonly crashes?: readonly { readonly atMs: number; readonly downMs: number }[];
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

/**
 * Runs the engine, the same code as in operation, on virtual time against the memory store and a modelled target.
 * The report is a pure function of the request: the same seed gives the same trace, byte for byte.
 */
export async function simulate(request: SimulationRequest): Promise<SimulationReport> {
  let target: ReturnType<typeof createModelledTarget> | undefined;
  const answers: IngressAnswer[] = [];
  const world = createWorld({
    ...request,
    connect: (clock) =>
      (target ??= createModelledTarget({
        model: request.target,
        clock,
        random: createSeededRandom(request.seed, 'target'),
      })),
  });
  const { clock } = world;
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
  };

  const deployed = await world.during(world.deploy({ version: 1, document: request.document }));
  if (deployed.ok) {
    for (const crash of request.crashes ?? []) {
      clock.setTimer(crash.atMs - clock.monotonicMs(), () => {
        world.crash();
        clock.setTimer(crash.downMs, () => void world.restart().catch(fail));
      });
    }
    for (const [index, arrivals] of request.arrivals.entries()) {
      const random = createSeededRandom(request.seed, `arrivals-${index}`);
      let sequence = 0;
      const send = (): void => {
        void world.send(arrivals.payload(sequence), { path: arrivals.path }).then((answer) => {
          if (answer !== undefined) answers.push(answer);
        }, fail);
        sequence += 1;
      };
      const next = (atMs: number): void => {
        const gapMs = (-Math.log(1 - random.next()) * 1_000) / arrivals.perSecond;
        const dueMs = atMs + gapMs;
        if (dueMs >= arrivals.toMs) return;
        clock.setTimer(dueMs - clock.monotonicMs(), () => {
          send();
          next(dueMs);
        });
      };
      next(arrivals.fromMs);
    }
  }
  await clock.run(request.durationMs);
  const failed = failure ?? world.failures[0];
  if (failed !== undefined) throw new Error('The engine failed', { cause: failed });
  return {
    deployed,
    trace: world.trace,
    received: target?.received ?? [],
    answers,
    figures: await world.engine.figures(PIPELINE_ID),
    store: world.store,
  };
}
