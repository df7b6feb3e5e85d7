import { readReplay, replayCursor } from '../operations/replay-record.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Timer } from '../ports/clock.ts';
import type { PreparedNode, Problem } from '../ports/node-behaviour.ts';
import type { RunningRoute } from '../source/ingress.ts';
import type { Feed } from '../worker/feed.ts';
import { createExpirySweep } from '../worker/expiry-sweep.ts';
import { scaleNodes } from '../worker/scale-nodes.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import { declareLogs, type Subscription } from './declare-logs.ts';
import { createGraph, type RunningGraph } from './graph.ts';
import { createInlet, inletsOf, type Inlet } from './inlet.ts';
import type { RunningParts } from './parts.ts';
import { reviewRooms } from './review-rooms.ts';

/** The store is asked for the true figures of each durable wire this often, and workers follow them. */
const REVIEW_MS = 1_000;

/** One version of a pipeline in operation: its graph, and the inlets by which work comes to its nodes. */
export interface RunningPipeline {
  readonly graph: RunningGraph;
  readonly routes: readonly RunningRoute[];
  /** By node. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  state(): 'running' | 'paused' | 'stopped';
  start(): void;
  /** Takes nothing more and resolves when nothing is in hand, or at the deadline with the rest given back. */
  pause(deadlineMs: number): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

/** Declares logs and groups in the store and puts the parts together; nothing works before `start`. */
export async function createRunningPipeline(request: {
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly parts: RunningParts;
}): Promise<RunningPipeline> {
  const { plan, prepared, parts } = request;
  const { store, clock } = parts;
  const { partitions, subscriptions } = await declareLogs({ plan, prepared, store });
  const feeds: Feed[] = [];
  const wake = wakeInTurn(feeds, (feed) => feed.held());
  const graph = createGraph({ plan, prepared, partitions, surroundings: { parts, wake } });
  for (const wire of graph.wires.values()) {
    if ('room' in wire || 'gate' in wire) continue;
    wire.replay ??= readReplay(await store.cursor(replayCursor(plan.pipelineId, wire.plan.id)));
  }
  const sweep = createExpirySweep(() => graph, parts);
  let state: 'running' | 'paused' | 'stopped' = 'paused';
  let reviewTimer: Timer | undefined;
  /** Counts starts. */
  let starts = 0;

  const refusal = (): Problem | undefined => (state === 'running' ? undefined : notAccepting(graph.plan.name));
  /** Built anew at each start: an inlet that has been stopped stays stopped. */
  const buildInlets = (): readonly Inlet[] =>
    inletsOf(graph).map((sourceId) => createInlet(sourceId, graph, { parts, subscriptions, feeds, refusal }));
  let inlets = buildInlets();

  const review = async (): Promise<void> => {
    await reviewRooms(graph, store);
    await scaleNodes(graph, subscriptions, parts);
  };

  /** A review that outlives a pause must not go on beside that of the next start. */
  const reviewAndAgain = (start: number): void => {
    review().then(
      () => {
        if (state === 'running' && start === starts)
          reviewTimer = clock.setTimer(REVIEW_MS, () => reviewAndAgain(start));
      },
      (error: unknown) => parts.fail(error),
    );
  };

  let standing: Promise<void> | undefined;
  const standStill = async (deadlineMs: number): Promise<void> => {
    if (reviewTimer !== undefined) clock.clearTimer(reviewTimer);
    reviewTimer = undefined;
    const stopped = Promise.all(inlets.map((inlet) => inlet.stop(deadlineMs))).then(() => {
      if (standing === stopped) standing = undefined;
    });
    standing = stopped;
    await stopped;
  };

  await reviewRooms(graph, store);
  // Time goes on while a pipeline is paused.
  sweep.start();

  return {
    graph,
    get routes() {
      return inlets.flatMap(({ route }) => (route === undefined ? [] : [route]));
    },
    subscriptions,
    state: () => state,
    start() {
      if (state === 'running') return;
      state = 'running';
      sweep.start();
      starts += 1;
      if (starts > 1) inlets = buildInlets();
      for (const inlet of inlets) inlet.start();
      reviewAndAgain(starts);
    },
    async pause(deadlineMs) {
      if (state !== 'running') return;
      state = 'paused';
      await standStill(deadlineMs);
    },
    async stop(deadlineMs) {
      if (state === 'stopped' && standing === undefined) return;
      const wasPaused = state === 'paused' && standing === undefined;
      state = 'stopped';
      await Promise.all([sweep.stop(), wasPaused ? undefined : standStill(deadlineMs)]);
    },
  };
}

function notAccepting(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'not-accepting',
    title: 'The pipeline is not accepting messages',
    detail: `Nothing was stored: pipeline ${pipelineName} is paused or stopping. Send the request again later.`,
    retryAfterSeconds: NOT_ACCEPTING_RETRY_S,
  };
}

const NOT_ACCEPTING_RETRY_S = 30;
