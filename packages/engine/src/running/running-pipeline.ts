import type { PipelineDocument } from '@sluice/pipeline';
import { readReplay, replayCursor } from '../operations/replay-record.ts';
import { bytesBeside } from '../limits/bytes-beside.ts';
import { withinShelf } from '../limits/dead-letter-shelf.ts';
import { createPipelineBounds, type PipelineBounds } from '../limits/pipeline-bounds.ts';
import type { LimitsPlan } from '../plan/plan-pipeline.ts';
import type { Timer } from '../ports/clock.ts';
import type { MessageStore } from '../ports/message-store.ts';
import type { Problem } from '../ports/node-behaviour.ts';
import { createRemnants, type Remnants } from '../removed-wires/remnants.ts';
import type { Feed } from '../worker/feed.ts';
import { createExpirySweep } from '../worker/expiry-sweep.ts';
import { scaleNodes } from '../worker/scale-nodes.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import type { Subscription } from './declare-logs.ts';
import { createDoors, type Doors } from './doors.ts';
import { createGraph, type Predecessor, type RunningGraph } from './graph.ts';
import { handOver } from './hand-over.ts';
import type { Inlet } from './inlet.ts';
import { createInletSet } from './inlet-set.ts';
import { draining, notAccepting } from './intake-refusals.ts';
import type { RunningParts } from './parts.ts';
import { reviewRooms } from './review-rooms.ts';
import type { Version } from './version.ts';
import { waitingInside } from './waiting-inside.ts';

/** The store is asked for the true figures of each durable wire this often, and workers follow them. */
const REVIEW_MS = 1_000;

type RunState = 'running' | 'draining' | 'paused' | 'stopped';

/** How far a pipeline is that drains. */
interface Drain {
  /** ms since 1970. */
  readonly since: number;
  /** Messages that were inside when it began. */
  readonly from: number;
}

/**
 * A pipeline in operation, through all its versions: the graph of the present one, the inlets by which work comes to its
 * nodes, and what earlier versions left.
 *
 * | state           | event            | next     | effect                                                               |
 * | --------------- | ---------------- | -------- | -------------------------------------------------------------------- |
 * | paused          | start            | running  | inlets are built anew and start                                      |
 * | draining        | start            | running  | those that take from outside start again                             |
 * | running, paused | drain            | draining | those that take from outside end, the others go on                   |
 * | draining        | nothing is left  | paused   | `onDrained` is told, and ends it in its turn                         |
 * | not stopped     | pause            | paused   | all inlets end: in hand is finished, or given back at the deadline   |
 * | any             | stop             | stopped  | as pause; for good                                                   |
 * | any             | another version  | same     | what it touches ends on the old graph and begins on the new one      |
 */
export interface RunningPipeline extends Doors {
  readonly graph: RunningGraph;
  readonly document: PipelineDocument;
  /** By node. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly remnants: Pick<Remnants, 'list' | 'rest' | 'release'>;
  readonly bounds: Pick<PipelineBounds, 'figures'>;
  state(): RunState;
  start(): void;
  /** Resolves when nothing that came from outside is in hand, or at the deadline with the rest given back. */
  drain(deadlineMs: number): Promise<void>;
  /** Present while it drains. */
  draining(): Drain | undefined;
  /** Pauses if nothing is left; true then. Else it goes on draining. */
  endDrain(deadlineMs: number): Promise<boolean>;
  /** Messages that wait inside or are in hand. */
  waiting(): Promise<number>;
  /** Takes nothing more and resolves when nothing is in hand, or at the deadline with the rest given back. */
  pause(deadlineMs: number): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  /** Resolves when the version has taken over: what it touches has ended and begun anew, and removed wires are seen to. */
  takeOver(version: Version): Promise<void>;
}

/** Puts the first version in place; nothing works before `start` or `drain`. */
export async function createRunningPipeline(request: {
  readonly version: Version;
  readonly parts: RunningParts;
  /** Remnants that are over. */
  readonly onSettled: (wireIds: readonly string[]) => Promise<void>;
  /** It drains, and nothing seems to be left. */
  readonly onDrained: () => void;
}): Promise<RunningPipeline> {
  let version = request.version;
  const limits = (): LimitsPlan => version.plan.limits;
  const parts: RunningParts = {
    ...request.parts,
    commit: (operations) =>
      request.parts.commit(
        withinShelf(operations, { messages: limits().deadLetters, bytes: limits().deadLetterBytes }),
      ),
  };
  const { store, clock } = parts;
  const { pipelineId } = version.plan;
  const feeds: Feed[] = [];
  const wake = wakeInTurn(feeds, (feed) => feed.held());
  const bounds = createPipelineBounds({ parts, pipelineId, limits, wake });
  const ofGraphs = { parts, wake, shelf: bounds.shelf };
  const graphOf = ({ plan, prepared, declared }: Version, predecessor?: Predecessor) =>
    createGraph({ plan, prepared, partitions: declared.partitions, surroundings: ofGraphs, predecessor });

  let graph = graphOf(version);
  let state: RunState = 'paused';
  let drain: Drain | undefined;
  /** While it drains: nothing that came from outside is in hand any more. */
  let isIntakeOver = false;
  let reviewTimer: Timer | undefined;
  /** Counts starts. */
  let starts = 0;
  /** Stand-stills under way. */
  let standing = 0;

  const isOn = (inlet: Inlet): boolean => state === 'running' || (state === 'draining' && !inlet.isIntake);
  const refusal = (): Problem | undefined => {
    if (state === 'running') return bounds.refusal();
    return state === 'draining' ? draining(graph.plan.name) : notAccepting(graph.plan.name);
  };
  const surroundings = {
    parts,
    feeds,
    get subscriptions() {
      return version.declared.subscriptions;
    },
    refusal,
    intakeHold: bounds.intakeHold,
  };
  const inlets = createInletSet(surroundings);
  const isOver = (): boolean => state === 'stopped';
  const remnants = createRemnants({
    parts,
    surroundings,
    graph: () => graph,
    onSettled: request.onSettled,
    isOver,
  });
  const sweep = createExpirySweep(() => graph, parts);
  const waiting = (): Promise<number> => waitingInside(graph, remnants, store);

  const reviewBounds = async (): Promise<void> => {
    const queueBytes = await reviewRooms(graph, store);
    const deadLetters = await store.deadLetterUsage(pipelineId);
    const bytes = queueBytes + deadLetters.bytes + (await bytesBeside(graph, remnants.list(), store));
    bounds.review({ bytes, deadLetters });
  };

  const review = async (): Promise<void> => {
    await reviewBounds();
    await scaleNodes(graph, surroundings.subscriptions, parts);
    await remnants.settle();
    if (state === 'draining' && isIntakeOver && (await waiting()) === 0) request.onDrained();
  };

  /** A review that outlives a pause must not go on beside that of the next start. */
  const reviewAndAgain = (start: number): void => {
    review().then(
      () => {
        if ((state === 'running' || state === 'draining') && start === starts)
          reviewTimer = clock.setTimer(REVIEW_MS, () => reviewAndAgain(start));
      },
      (error: unknown) => parts.fail(error),
    );
  };

  /** Puts those inlets to work that the state wants. */
  const setOff = (): void => {
    sweep.start();
    starts += 1;
    inlets.start(isOn);
    remnants.start();
    reviewAndAgain(starts);
  };

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
    const left = await next.remnants(nextGraph, ofGraphs);
    await recallReplays(nextGraph, store);
    await reviewRooms(nextGraph, store);
    await remnants.rest();
    version = next;
    graph = nextGraph;
    await handOver({ next, graph, left, inlets, remnants, isOn });
  };
  await takeOver(version, undefined);
  await reviewBounds();
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
    ...createDoors(inlets, clock, () => graph.plan.name),
    remnants,
    bounds,
    state: () => state,
    draining: () => drain,
    waiting,
    takeOver: (next) => takeOver(next, graph),
    start() {
      if (state === 'running') return;
      const wasDraining = state === 'draining';
      state = 'running';
      drain = undefined;
      if (wasDraining) inlets.start();
      else setOff();
    },
    async drain(deadlineMs) {
      if (state === 'draining') return;
      const wasRunning = state === 'running';
      state = 'draining';
      isIntakeOver = false;
      const from = await waiting();
      // It may have been stopped meanwhile.
      if (state !== 'draining') return;
      drain = { since: clock.now(), from };
      if (!wasRunning) setOff();
      await inlets.stop(deadlineMs, (inlet) => inlet.isIntake);
      isIntakeOver = true;
    },
    async endDrain(deadlineMs) {
      if (state !== 'draining') return false;
      state = 'paused';
      await standStill(deadlineMs);
      if ((await waiting()) === 0) {
        drain = undefined;
        return true;
      }
      // What one node handed to the next while it was counted was overlooked. The state may be another by now.
      if (state === 'paused') {
        state = 'draining';
        setOff();
      }
      return false;
    },
    async pause(deadlineMs) {
      if (state !== 'running' && state !== 'draining') return;
      state = 'paused';
      drain = undefined;
      await standStill(deadlineMs);
    },
    async stop(deadlineMs) {
      if (state === 'stopped' && standing === 0) return;
      const wasPaused = state === 'paused' && standing === 0;
      state = 'stopped';
      drain = undefined;
      await Promise.all([sweep.stop(), wasPaused ? undefined : standStill(deadlineMs)]);
    },
  };
}

/** A replay that was under way goes on with the same marks. */
async function recallReplays({ plan, wires }: RunningGraph, store: MessageStore): Promise<void> {
  for (const wire of wires.values()) {
    if ('room' in wire || 'gate' in wire) continue;
    wire.replay ??= readReplay(await store.cursor(replayCursor(plan.pipelineId, wire.plan.id)));
  }
}
