import { createCancel } from '../delivery/cancel.ts';
import { DEFAULTS } from '@sluice/pipeline';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Timer } from '../ports/clock.ts';
import type { Backlog, GroupId, LogId } from '../ports/message-store.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import { createIngressRoute, type RunningRoute } from '../source/ingress.ts';
import { createPoller } from '../source/poller.ts';
import type { Feed } from '../worker/feed.ts';
import { createPartitionFeed } from '../worker/partition-feed.ts';
import { createQueueFeed } from '../worker/queue-feed.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import { createGraph, topicLog, type RunningGraph, type RunningNode } from './graph.ts';
import type { RunningParts } from './parts.ts';
import { reachOf } from './reach.ts';

/** The store is asked for the true figures of each durable wire this often. */
const REVIEW_MS = 1_000;

/** One version of a pipeline in operation: its graph, its feeds and its sources. */
export interface RunningPipeline {
  readonly graph: RunningGraph;
  readonly routes: readonly RunningRoute[];
  /** Group and topic of each subscribing node. */
  readonly subscriptions: ReadonlyMap<string, { readonly log: LogId; readonly group: GroupId }>;
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
  const pipelineId = plan.pipelineId;

  const partitions = new Map<LogId, number>();
  for (const log of plan.logs) {
    partitions.set(log.log, (await store.declareLog({ log: log.log, partitions: log.partitions })).partitions);
  }
  for (const wire of plan.wires) {
    if (wire.delivery === 'event')
      await store.declareGroup({ log: wire.log, group: wire.group, startFrom: wire.startFrom });
  }
  const subscriptions = new Map<string, { log: LogId; group: GroupId }>();
  for (const [nodeId, node] of prepared) {
    if (node.kind === 'work') {
      for (const topic of node.topics ?? []) {
        const log = topicLog(topic);
        partitions.set(log, (await store.declareLog({ log, partitions: DEFAULTS.log.partitions })).partitions);
      }
    }
    if (node.kind !== 'event-source') continue;
    const log = topicLog(node.topic);
    const group = `${pipelineId}/${nodeId}`;
    partitions.set(log, (await store.declareLog({ log, partitions: DEFAULTS.log.partitions })).partitions);
    await store.declareGroup({ log, group, startFrom: node.startFrom });
    subscriptions.set(nodeId, { log, group });
  }

  const feeds: Feed[] = [];
  const wakeHeld = wakeInTurn(feeds, (feed) => feed.held());
  const graph = createGraph({ plan, prepared, partitions, parts, wake: wakeHeld });
  let cancel = createCancel();
  let state: 'running' | 'paused' | 'stopped' = 'paused';
  let reviewTimer: Timer | undefined;
  /** Set while it comes to a stand: resolves when nothing is in hand. */
  let standing: Promise<void> | undefined;

  /** Built anew at each start: a feed that has been stopped stays stopped. */
  const build = (): void => {
    feeds.length = 0;
    for (const node of graph.nodes.values()) buildFeeds(node);
  };

  const buildFeeds = (node: RunningNode): void => {
    const reach = reachOf(graph, node.plan.id);
    const ofNode: Feed[] = [];
    const common = {
      graph,
      parts,
      node,
      reach,
      signal: cancel.signal,
      onFree: wakeInTurn(ofNode, (feed) => feed.starved()),
    };
    for (const wire of graph.wires.values()) {
      if (wire.plan.to !== node.plan.id) continue;
      if (wire.plan.delivery === 'pull') {
        ofNode.push(
          createQueueFeed(
            { ...common, sourceId: wire.plan.id, wire, onPoison: 'park', expireAfterMs: wire.plan.expireAfterMs },
            { kind: 'queue', queue: wire.plan.queue },
          ),
        );
      } else if (wire.plan.delivery === 'event') {
        const { log, group, onPoison } = wire.plan;
        const intake = { ...common, sourceId: wire.plan.id, wire, onPoison, expireAfterMs: undefined };
        for (let partition = 0; partition < (partitions.get(log) ?? 0); partition += 1) {
          ofNode.push(createPartitionFeed(intake, { kind: 'group', log, group, partition }));
        }
      }
    }
    const subscription = subscriptions.get(node.plan.id);
    if (subscription !== undefined) {
      const intake = {
        ...common,
        sourceId: node.plan.id,
        wire: undefined,
        onPoison: 'park' as const,
        expireAfterMs: undefined,
      };
      for (let partition = 0; partition < (partitions.get(subscription.log) ?? 0); partition += 1) {
        ofNode.push(createPartitionFeed(intake, { kind: 'group', ...subscription, partition }));
      }
    }
    if (node.prepared.kind === 'pull-source') ofNode.push(createPoller(common, node.prepared));
    feeds.push(...ofNode);
  };

  const routes: RunningRoute[] = [];
  for (const node of graph.nodes.values()) {
    if (node.prepared.kind !== 'push-source') continue;
    const source = {
      graph,
      parts,
      node,
      reach: reachOf(graph, node.plan.id),
      get signal() {
        return cancel.signal;
      },
    };
    routes.push(createIngressRoute(source, node.prepared, () => state === 'running'));
  }

  const review = async (): Promise<void> => {
    for (const wire of graph.wires.values()) {
      if ('room' in wire) wire.room.set(await store.backlog({ queue: wire.plan.queue }));
    }
    for (const log of graph.logs.values()) log.room.set(await slowestGroup(log.plan.log, log.wires));
  };

  /** Unread by the slowest group: what counts against the log's limit. */
  const slowestGroup = async (log: LogId, wires: readonly string[]): Promise<Backlog> => {
    let slowest: Backlog = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };
    for (const wireId of wires) {
      const backlog = await store.backlog({ log, group: `${pipelineId}/${wireId}` });
      if (backlog.bytes > slowest.bytes) slowest = backlog;
    }
    return slowest;
  };

  /** `from`: the start that it belongs to. A review that outlives a pause must not go on beside the next one. */
  const reviewAndAgain = (from: typeof cancel): void => {
    review().then(
      () => {
        if (state === 'running' && from === cancel) reviewTimer = clock.setTimer(REVIEW_MS, () => reviewAndAgain(from));
      },
      (error: unknown) => parts.fail(error),
    );
  };

  const standStill = async (deadlineMs: number): Promise<void> => {
    if (reviewTimer !== undefined) clock.clearTimer(reviewTimer);
    reviewTimer = undefined;
    const { cancel: giveBack } = cancel;
    const atDeadline = clock.setTimer(deadlineMs, giveBack);
    standing ??= Promise.all([...feeds.map((feed) => feed.stop()), ...routes.map((route) => route.idle())]).then(() => {
      standing = undefined;
      for (const node of graph.nodes.values()) node.hold = undefined;
    });
    await standing;
    clock.clearTimer(atDeadline);
  };

  await review();

  return {
    graph,
    routes,
    subscriptions,
    state: () => state,
    start() {
      if (state === 'running') return;
      state = 'running';
      cancel = createCancel();
      build();
      for (const feed of feeds) feed.start();
      reviewAndAgain(cancel);
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
      if (!wasPaused) await standStill(deadlineMs);
    },
  };
}
