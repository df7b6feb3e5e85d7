import type { PipelineDocument, RestartPlan } from '@sluice/pipeline';
import type { IngressAnswer } from '../engine-interface.ts';
import { readReplay, replayCursor } from '../operations/replay-record.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Timer } from '../ports/clock.ts';
import type { MessageStore } from '../ports/message-store.ts';
import type { IngressRequest, PreparedNode, Problem } from '../ports/node-behaviour.ts';
import { createRemnants, type Remnant, type Remnants } from '../removed-wires/remnants.ts';
import type { RunningRoute } from '../source/ingress.ts';
import type { Feed } from '../worker/feed.ts';
import { createExpirySweep } from '../worker/expiry-sweep.ts';
import { scaleNodes } from '../worker/scale-nodes.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import type { DeclaredLogs, Subscription } from './declare-logs.ts';
import { endsOf } from './ends-of.ts';
import { adoptPlans, createGraph, type RunningGraph, type Surroundings } from './graph.ts';
import { SUPERSEDED, type Inlet } from './inlet.ts';
import { createInletSet } from './inlet-set.ts';
import type { RunningParts } from './parts.ts';
import { reviewRooms } from './review-rooms.ts';

/** The store is asked for the true figures of each durable wire this often, and workers follow them. */
const REVIEW_MS = 1_000;
/** A change of version waits at most this long for work in hand; the rest is given back and done by the new version. */
const HAND_OVER_MS = 30_000;

/** A version that is to run: checked, planned and prepared. */
export interface Version {
  readonly document: PipelineDocument;
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly declared: DeclaredLogs;
  /** Absent: nothing of the pipeline runs. */
  readonly restart: RestartPlan | undefined;
  /** What stays behind that it has no wire for. `graph` is that of this version. */
  readonly remnants: (graph: RunningGraph, surroundings: Surroundings) => Promise<readonly Remnant[]>;
}

/**
 * A pipeline in operation, through all its versions: the graph of the present one, the inlets by which work comes to its
 * nodes, and what earlier versions left.
 *
 * | state   | event                | next    | effect                                                           |
 * | ------- | -------------------- | ------- | ---------------------------------------------------------------- |
 * | paused  | start                | running | inlets are built anew and start                                  |
 * | running | pause                | paused  | takes nothing more, finishes or gives back what is in hand       |
 * | any     | stop                 | stopped | as pause; for good                                               |
 * | any     | another version      | same    | what it touches ends on the old graph and begins on the new one  |
 */
export interface RunningPipeline {
  readonly graph: RunningGraph;
  readonly document: PipelineDocument;
  /** By node. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly remnants: Pick<Remnants, 'list' | 'rest' | 'release'>;
  state(): 'running' | 'paused' | 'stopped';
  start(): void;
  /** Takes nothing more and resolves when nothing is in hand, or at the deadline with the rest given back. */
  pause(deadlineMs: number): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  /** Resolves when the version has taken over: what it touches has ended and begun anew, and removed wires are seen to. */
  takeOver(version: Version): Promise<void>;
  /** The webhook at a path. */
  routeAt(path: string): RunningRoute | undefined;
  /** Hands a request to the webhook that is at the path now. `undefined`: there is none any more. */
  receive(path: string, request: IngressRequest): Promise<IngressAnswer | undefined>;
}

/** Puts the first version in place; nothing works before `start`. */
export async function createRunningPipeline(request: {
  readonly version: Version;
  readonly parts: RunningParts;
  /** Remnants that are over. */
  readonly onSettled: (wireIds: readonly string[]) => Promise<void>;
}): Promise<RunningPipeline> {
  const { parts } = request;
  const { store, clock } = parts;
  const feeds: Feed[] = [];
  const wake = wakeInTurn(feeds, (feed) => feed.held());
  const graphOf = (
    { plan, prepared, declared }: Version,
    predecessor?: Parameters<typeof createGraph>[0]['predecessor'],
  ) => createGraph({ plan, prepared, partitions: declared.partitions, surroundings: { parts, wake }, predecessor });

  let version = request.version;
  let graph = graphOf(version);
  let state: 'running' | 'paused' | 'stopped' = 'paused';
  let reviewTimer: Timer | undefined;
  /** Counts starts. */
  let starts = 0;

  const surroundings = {
    parts,
    feeds,
    get subscriptions() {
      return version.declared.subscriptions;
    },
    refusal: (): Problem | undefined => (state === 'running' ? undefined : notAccepting(graph.plan.name)),
  };
  const inlets = createInletSet(surroundings);
  const remnants = createRemnants({
    parts,
    surroundings,
    graph: () => graph,
    onSettled: request.onSettled,
    isOver: () => state === 'stopped',
  });

  const sweep = createExpirySweep(() => graph, parts);

  const review = async (): Promise<void> => {
    await reviewRooms(graph, store);
    await scaleNodes(graph, surroundings.subscriptions, parts);
    await remnants.settle();
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

  let standing = 0;
  const standStill = async (deadlineMs: number): Promise<void> => {
    if (reviewTimer !== undefined) clock.clearTimer(reviewTimer);
    reviewTimer = undefined;
    standing += 1;
    await Promise.all([inlets.stop(deadlineMs), remnants.stop(deadlineMs)]);
    standing -= 1;
  };

  /** `before`: the graph that runs now; absent at first. */
  const takeOver = async (next: Version, before: RunningGraph | undefined): Promise<void> => {
    const { restart } = next;
    const predecessor = before === undefined || restart === undefined ? undefined : { graph: before, restart };
    const nextGraph = before === undefined ? graph : graphOf(next, predecessor);
    const left = await next.remnants(nextGraph, { parts, wake });
    await recallReplays(nextGraph, store);
    await reviewRooms(nextGraph, store);
    await remnants.rest();

    // From here to the hand-over nothing waits: no unit of work sees half of the change.
    version = next;
    graph = nextGraph;
    adoptPlans(graph);
    const old = inlets.replace(graph, predecessor?.restart);
    const drained = new Set(left.flatMap(({ wireId, fate }) => (fate.do === 'drain' ? [wireId] : [])));
    const draining = new Map(old.flatMap((inlet) => (drained.has(inlet.sourceId) ? [[inlet.sourceId, inlet]] : [])));
    const idle = remnants.replace(left, draining);
    const moves = Promise.withResolvers<void>();
    const targets = targetsOf(left, graph);
    const change = inlets.handOver({
      ending: [...old.filter((inlet) => draining.get(inlet.sourceId) !== inlet), ...idle],
      deadlineMs: HAND_OVER_MS,
      isWanted: () => state === 'running',
      // What is moved keeps its place before everything that comes after it.
      waits: (inlet) => (reads(graph, inlet, targets) || reaches(graph, inlet, targets) ? moves.promise : undefined),
    });
    await change.ended;
    remnants.release();
    await remnants.settle();
    moves.resolve();
    await change.started;
  };
  await takeOver(version, undefined);
  // Time goes on while a pipeline is paused.
  sweep.start();

  return {
    get graph() {
      return graph;
    },
    get document() {
      return version.document;
    },
    get subscriptions() {
      return version.declared.subscriptions;
    },
    remnants,
    state: () => state,
    takeOver: (next) => takeOver(next, graph),
    start() {
      if (state === 'running') return;
      state = 'running';
      sweep.start();
      starts += 1;
      inlets.start();
      remnants.start();
      reviewAndAgain(starts);
    },
    async pause(deadlineMs) {
      if (state !== 'running') return;
      state = 'paused';
      await standStill(deadlineMs);
    },
    async stop(deadlineMs) {
      if (state === 'stopped' && standing === 0) return;
      const wasPaused = state === 'paused' && standing === 0;
      state = 'stopped';
      await Promise.all([sweep.stop(), wasPaused ? undefined : standStill(deadlineMs)]);
    },
    routeAt: (path) => inlets.doors().find(({ inlet }) => inlet.route?.path === path)?.inlet.route,
    async receive(path, ingress) {
      for (let last: Inlet | undefined; ;) {
        const door = inlets.doors().find(({ inlet }) => inlet.route?.path === path);
        if (door?.inlet.route === undefined) return undefined;
        if (door.opened !== undefined && !(await isOverWithin(door.opened, PATIENCE_MS)))
          return { ok: false, problem: changingHands(graph.plan.name) };
        const answer = await door.inlet.route.receive(ingress);
        // Nothing was stored: whoever has taken its place meanwhile takes the request.
        if (answer.ok || answer.problem.code !== SUPERSEDED || door.inlet === last) return answer;
        last = door.inlet;
      }
    },
  };

  function isOverWithin(promise: Promise<void>, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = clock.setTimer(ms, () => resolve(false));
      void promise.then(() => {
        clock.clearTimer(timer);
        resolve(true);
      });
    });
  }
}

/** A replay that was under way goes on with the same marks. */
async function recallReplays({ plan, wires }: RunningGraph, store: MessageStore): Promise<void> {
  for (const wire of wires.values()) {
    if ('room' in wire || 'gate' in wire) continue;
    wire.replay ??= readReplay(await store.cursor(replayCursor(plan.pipelineId, wire.plan.id)));
  }
}

/** A request that comes while messages are moved before it waits this long for its turn. */
const PATIENCE_MS = 5_000;

/** Queues and logs that messages of removed wires are moved to. */
function targetsOf(left: readonly Remnant[], graph: RunningGraph): ReadonlySet<string> {
  return new Set(
    left.flatMap(({ fate }) => {
      const plan = fate.do === 'move' ? graph.wires.get(fate.to)?.plan : undefined;
      return plan?.delivery === 'pull' ? [plan.queue] : plan?.delivery === 'event' ? [plan.log] : [];
    }),
  );
}

/** It reads a log from where another will have ended. */
function reads(graph: RunningGraph, { sourceId }: Inlet, targets: ReadonlySet<string>): boolean {
  const plan = graph.wires.get(sourceId)?.plan;
  return plan?.delivery === 'event' && targets.has(plan.log);
}

function reaches(graph: RunningGraph, inlet: Inlet, targets: ReadonlySet<string>): boolean {
  return targets.size > 0 && [...endsOf(graph, inlet.node.plan.id)].some((end) => targets.has(end));
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

function changingHands(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'changing-version',
    title: 'Another version is taking over',
    detail: `Nothing was stored: pipeline ${pipelineName} is moving messages to their new wire, which keep their place before this one. Send the request again.`,
    retryAfterSeconds: 1,
  };
}
