import type { NodeCatalogue } from '@sluice/pipeline';
import { createBudgets } from './delivery/budgets.ts';
import { deploy, STAND_STILL_MS } from './deploy.ts';
import type { DeploymentRequest, DeployResult, Engine, EngineNotice, IngressLookup } from './engine-interface.ts';
import { forgetPipeline } from './forget-pipeline.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createOperations } from './operations/create-operations.ts';
import type { Clock, Timer } from './ports/clock.ts';
import type { Connectors } from './ports/connectors.ts';
import type { DiskRoom } from './ports/disk-room.ts';
import type { IdSource } from './ports/id-source.ts';
import type { MessageStore } from './ports/message-store.ts';
import type { BehaviourCatalogue, Problem } from './ports/node-behaviour.ts';
import type { Random } from './ports/random.ts';
import { readFigures } from './running/figures.ts';
import type { RunningParts } from './running/parts.ts';
import type { RunningPipeline } from './running/running-pipeline.ts';
import { createTracer } from './measure/tracer.ts';
import type { TraceStore } from './ports/trace-store.ts';
import type { TraceEntry } from './trace.ts';
import { createTurns } from './turns.ts';

export interface EngineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly store: MessageStore;
  readonly connectors: Connectors;
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
  /** The store has failed, or an invariant is broken: end the process, a restart recovers. Called at most once. */
  readonly onFailure: (error: unknown) => void;
  /** Keeps the ways of messages; absent: nobody does. A failure of it costs traces and nothing else. */
  readonly traces?: TraceStore;
  /** The disk under the store; absent: nobody looks after it. */
  readonly diskRoom?: DiskRoom;
  /** Every step of every message. Costs time; for tests and simulation. */
  readonly trace?: (entry: TraceEntry) => void;
}

/** An engine on the given clock, chance, store and connectors. It touches nothing else of the world. */
export function createEngine(engineParts: EngineParts): Engine {
  const { clock, store, catalogue, behaviours, trace } = engineParts;
  const pipelines = new Map<string, RunningPipeline>();
  const listeners = new Set<(notice: EngineNotice) => void>();
  /** Life-cycle verbs of one pipeline run one after the other. */
  const turns = createTurns();
  let failure: { readonly error: unknown } | undefined;
  let closed = false;

  const tracer =
    engineParts.traces === undefined
      ? undefined
      : createTracer({
          store: engineParts.traces,
          clock,
          onLost: (error, hops) => {
            const text = `${hops} steps of traces were lost: ${error instanceof Error ? error.message : String(error)}`;
            engineParts.connectors.log.write({ pipelineId: '', nodeId: '', level: 'warn', text });
          },
        });
  const parts: RunningParts = {
    clock,
    random: engineParts.random,
    ids: engineParts.ids,
    store,
    connectors: engineParts.connectors,
    diskRoom: engineParts.diskRoom,
    budgets: createBudgets(engineParts),
    commit: (operations) => store.commit(operations).catch(commitFailed),
    fail(error) {
      if (failure !== undefined || closed) return;
      failure = { error };
      byHand.close();
      housekeeping.stop();
      for (const running of pipelines.values()) void running.stop(0);
      engineParts.onFailure(error);
    },
    notice(notice) {
      for (const listener of listeners) tell(listener, { ...notice, at: clock.now() });
    },
    tracer,
    trace: trace && ((entry) => trace({ at: clock.now(), ...entry })),
    settled: (pipelineId, lease, outcome) => byHand.settled(pipelineId, lease, outcome),
  };

  const isOver = (): boolean => closed || failure !== undefined;

  /** Whoever listens must not be taken for the work that is told about. */
  const tell = (listener: (notice: EngineNotice) => void, notice: EngineNotice): void => {
    try {
      listener(notice);
    } catch (error) {
      const text = `A listener for notices failed on "${notice.text}": ${error instanceof Error ? error.message : String(error)}`;
      engineParts.connectors.log.write({
        pipelineId: notice.pipelineId,
        nodeId: notice.elementId ?? '',
        level: 'error',
        text,
      });
    }
  };

  const commitFailed = (error: unknown): never => {
    parts.fail(error);
    throw error;
  };

  const byHand = createOperations({ parts, find: (pipelineId) => pipelines.get(pipelineId), lifeTurns: turns });

  const reviewBudgets = (): void =>
    parts.budgets.review([...pipelines.values()].flatMap(({ graph }) => [...graph.plan.nodes.values()]));

  const deployInTurn = async (request: DeploymentRequest): Promise<DeployResult> => {
    const { pipelineId, version } = request;
    const running = pipelines.get(pipelineId);
    const onDrained = (): void => void turns.take(pipelineId, () => endDrain(pipelineId)).catch(parts.fail);
    const deployed = await deploy(request, { parts, catalogue, behaviours, running, onDrained });
    if (!deployed.ok) return deployed;
    // It may have been closed, or have failed, meanwhile: then nothing of it is to be left at work.
    if (isOver()) await deployed.running.stop(0);
    pipelines.set(pipelineId, deployed.running);
    reviewBudgets();
    if (request.draining === true && !isOver()) await deployed.running.drain(STAND_STILL_MS);
    else if (request.paused !== true && !isOver()) deployed.running.start();
    parts.notice({ pipelineId, kind: 'deployed', elementId: null, text: `Version ${version} is in operation` });
    return { ok: true, restarted: deployed.restarted };
  };

  const endDrain = async (pipelineId: string): Promise<void> => {
    const running = pipelines.get(pipelineId);
    if (running === undefined || isOver() || !(await running.endDrain(STAND_STILL_MS))) return;
    parts.notice({
      pipelineId,
      kind: 'drained',
      elementId: null,
      text: 'Drained: nothing waits any more, and the pipeline is paused',
    });
  };

  const route: Engine['route'] = ({ pipelineName, path, method }): IngressLookup => {
    const named = (): RunningPipeline | undefined =>
      [...pipelines.values()].find(({ graph }) => graph.plan.name === pipelineName);
    const running = named();
    if (running === undefined) return { ok: false, problem: unknownPipeline(pipelineName) };
    const found = running.routeAt(path);
    if (found === undefined) return { ok: false, problem: unknownPath(pipelineName, path) };
    if (!found.methods.includes(method))
      return { ok: false, problem: wrongMethod(method, found.methods), allow: found.methods };
    return {
      ok: true,
      route: {
        bodyLimitBytes: found.bodyLimitBytes,
        // While its body was read, another version may have taken over.
        receive: async (request) =>
          (await running.receive(path, request)) ?? { ok: false, problem: unknownPath(pipelineName, path) },
      },
    };
  };

  const housekeeping = createHousekeeping({
    parts,
    pipelines: () => pipelines.values(),
    discardOld: (pipelineId, until) => byHand.discardOld(pipelineId, until),
  });
  housekeeping.start();

  return {
    ...byHand.operations,
    deploy: (request) => turns.take(request.pipelineId, () => deployInTurn(request)),
    pause: (pipelineId) =>
      turns.take(pipelineId, async () => {
        const running = pipelines.get(pipelineId);
        if (running === undefined) return false;
        await running.pause(STAND_STILL_MS);
        parts.notice({
          pipelineId,
          kind: 'paused',
          elementId: null,
          text: 'Paused: intake is refused, queues keep their messages',
        });
        return true;
      }),
    resume: (pipelineId) =>
      turns.take(pipelineId, async () => {
        const running = pipelines.get(pipelineId);
        if (running === undefined || isOver()) return false;
        running.start();
        parts.notice({ pipelineId, kind: 'resumed', elementId: null, text: 'Resumed' });
        return true;
      }),
    drain: (pipelineId) =>
      turns.take(pipelineId, async () => {
        const running = pipelines.get(pipelineId);
        if (running === undefined || isOver()) return false;
        if (running.state() === 'draining') return true;
        await running.drain(STAND_STILL_MS);
        parts.notice({
          pipelineId,
          kind: 'draining',
          elementId: null,
          text: `Draining: intake is refused, ${running.draining()?.from ?? 0} messages are worked off`,
        });
        return true;
      }),
    stop: (pipelineId) =>
      turns.take(pipelineId, async () => {
        const running = pipelines.get(pipelineId);
        if (running === undefined) return false;
        await running.stop(STAND_STILL_MS);
        pipelines.delete(pipelineId);
        reviewBudgets();
        parts.notice({ pipelineId, kind: 'stopped', elementId: null, text: 'Stopped: queues keep their messages' });
        return true;
      }),
    forget: (pipelineId) =>
      turns.take(pipelineId, () =>
        pipelines.has(pipelineId) ? Promise.resolve(undefined) : forgetPipeline(pipelineId, parts),
      ),
    route,
    async figures(pipelineId) {
      const running = pipelines.get(pipelineId);
      return running === undefined ? undefined : readFigures(running, parts, failure?.error);
    },
    deployed: () => [...pipelines.keys()],
    onNotice(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close({ deadlineMs }) {
      closed = true;
      byHand.close();
      housekeeping.stop();
      const standing = Promise.all([...pipelines.values()].map((running) => running.stop(deadlineMs)));
      // A change of version that is under way ends as well, unless it hangs in the preparation of a node.
      let atDeadline: Timer | undefined;
      const deadline = new Promise<void>((resolve) => (atDeadline = clock.setTimer(deadlineMs, resolve)));
      await Promise.race([turns.idle(), deadline]);
      if (atDeadline !== undefined) clock.clearTimer(atDeadline);
      await standing;
      await tracer?.close();
    },
  };
}

function unknownPipeline(name: string): Problem {
  return {
    status: 404,
    code: 'pipeline-unknown',
    title: 'No such pipeline',
    detail: `No deployed pipeline is named ${name}. Nothing was stored.`,
  };
}

function unknownPath(name: string, path: string): Problem {
  return {
    status: 404,
    code: 'webhook-unknown',
    title: 'No such webhook',
    detail: `Pipeline ${name} has no webhook at path ${path}. Nothing was stored.`,
  };
}

function wrongMethod(method: string, allowed: readonly string[]): Problem {
  return {
    status: 405,
    code: 'method-not-allowed',
    title: 'Method not allowed',
    detail: `This webhook takes ${allowed.join(', ')}, not ${method}. Nothing was stored.`,
  };
}
