import { createCancel } from '../delivery/cancel.ts';
import { createRedriveFeed } from '../operations/redrive-feed.ts';
import { entryPorts, placeOfEntry } from '../operations/redrive-queue.ts';
import type { Problem } from '../ports/node-behaviour.ts';
import type { SourceParts } from '../source/entry.ts';
import { createIngressRoute, type RunningRoute } from '../source/ingress.ts';
import { createPoller } from '../source/poller.ts';
import type { Feed } from '../worker/feed.ts';
import { createPartitionFeed } from '../worker/partition-feed.ts';
import { createQueueFeed } from '../worker/queue-feed.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import type { Intake } from '../worker/intake.ts';
import type { Subscription } from './declare-logs.ts';
import type { RunningGraph, RunningNode, RunningWire } from './graph.ts';
import type { RunningParts } from './parts.ts';
import { reachOf } from './reach.ts';

/**
 * One way by which work comes to a node: a durable wire that leads there, the topic that it subscribes to, its poller,
 * or its webhook's address. Inlets start and stop one by one, so that a new version leaves alone what it does not touch.
 */
export interface Inlet {
  /** The wire, or the source node. */
  readonly sourceId: string;
  readonly node: RunningNode;
  /** The address of a webhook. */
  readonly route: RunningRoute | undefined;
  /** Once. */
  start(): void;
  /**
   * Takes nothing more and resolves when nothing is in hand, or at the deadline with the rest given back. Calling it
   * again can bring the deadline forward. It does not start again: another is built in its place.
   */
  stop(deadlineMs: number): Promise<void>;
  /** A new version leaves it alone: from the next unit of work on it belongs to that version's graph. */
  adopt(graph: RunningGraph): void;
  /** Another takes its place: its address answers `SUPERSEDED` from now on, requests in hand excepted. */
  supersede(): void;
}

/** Code of the refusal of an address that another has taken the place of: nothing was stored, ask that one. */
export const SUPERSEDED = 'superseded';

/** What inlets share with the pipeline that they belong to. */
export interface InletSurroundings {
  readonly parts: RunningParts;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** All feeds at work, so that what becomes free can be offered to them. */
  readonly feeds: Feed[];
  /** Why webhooks take nothing now. */
  readonly refusal: () => Problem | undefined;
  /** Present where a removed wire is drained: what of a run is still owed to it. The rest has been given back. */
  readonly owed?: Intake['owed'];
}

/** Ids of the inlets that a graph has: its durable wires and its sources. */
export function inletsOf(graph: RunningGraph): readonly string[] {
  const wires = [...graph.wires.values()].flatMap(({ plan }) => (plan.delivery === 'push' ? [] : [plan.id]));
  const sources = [...graph.nodes.values()].flatMap(({ plan }) => (plan.definition.role === 'source' ? [plan.id] : []));
  return [...wires, ...sources];
}

export function createInlet(sourceId: string, first: RunningGraph, surroundings: InletSurroundings): Inlet {
  const { parts } = surroundings;
  const wire = first.wires.get(sourceId);
  const node = first.nodes.get(wire?.plan.to ?? sourceId);
  if (node === undefined) throw new Error(`${sourceId} leads to no node of pipeline ${first.plan.pipelineId}`);
  const cancel = createCancel();
  let graph = first;
  let isSuperseded = false;
  let stopping: Promise<void> | undefined;
  const source: SourceParts = {
    get graph() {
      return graph;
    },
    parts,
    node,
    reach: reachOf(first, node.plan.id),
    signal: cancel.signal,
  };
  const intakeOf: IntakeOf = (about) => ({
    ...about,
    get graph() {
      return graph;
    },
    parts,
    node,
    reach: source.reach,
    signal: cancel.signal,
    onFree: wakeInTurn(node.feeds, (feed) => feed.starved()),
    owed: surroundings.owed,
  });
  const route =
    wire === undefined && node.prepared.kind === 'push-source'
      ? createIngressRoute(source, node.prepared, () => (isSuperseded ? superseded() : surroundings.refusal()))
      : undefined;
  const feeds =
    wire === undefined
      ? feedsOfSource(source, intakeOf, surroundings.subscriptions)
      : feedsOfWire(first, wire, intakeOf);

  const stop = async (): Promise<void> => {
    await Promise.all([...feeds.map((feed) => feed.stop()), route?.idle()]);
    for (const feed of feeds) {
      remove(node.feeds, feed);
      remove(surroundings.feeds, feed);
    }
    if (node.feeds.length === 0) node.hold = undefined;
  };

  return {
    sourceId,
    node,
    route,
    start() {
      node.feeds.push(...feeds);
      surroundings.feeds.push(...feeds);
      for (const feed of feeds) feed.start();
    },
    async stop(deadlineMs) {
      const atDeadline = parts.clock.setTimer(deadlineMs, () => cancel.cancel());
      stopping ??= stop();
      await stopping;
      parts.clock.clearTimer(atDeadline);
    },
    adopt(next) {
      graph = next;
    },
    supersede() {
      isSuperseded = true;
    },
  };
}

function superseded(): Problem {
  return {
    status: 503,
    code: SUPERSEDED,
    title: 'Another version has taken over',
    detail: 'Nothing was stored: another version took over while the request was read. Send it again.',
    retryAfterSeconds: 1,
  };
}

/** An intake reads its graph each time: another version may have taken over. */
type IntakeOf = (about: Pick<Intake, 'sourceId' | 'wire' | 'onPoison' | 'expireAfterMs' | 'entry'>) => Intake;

function feedsOfWire(graph: RunningGraph, wire: RunningWire, intakeOf: IntakeOf): readonly Feed[] {
  const { plan } = wire;
  switch (plan.delivery) {
    case 'push':
      return [];
    case 'pull': {
      const intake = intakeOf({ sourceId: plan.id, wire, onPoison: 'park', expireAfterMs: plan.expireAfterMs });
      return [createQueueFeed(intake, { kind: 'queue', queue: plan.queue })];
    }
    case 'event': {
      const { log, group, onPoison } = plan;
      const intake = intakeOf({ sourceId: plan.id, wire, onPoison, expireAfterMs: undefined });
      const partitions = partitionsOf(graph.logs.get(log)?.partitions).map((partition) =>
        createPartitionFeed(intake, { kind: 'group', log, group, partition }),
      );
      return [...partitions, createRedriveFeed(intakeOf({ sourceId: plan.id, wire, ...REDRIVEN }))];
    }
  }
}

function feedsOfSource(
  source: SourceParts,
  intakeOf: IntakeOf,
  subscriptions: InletSurroundings['subscriptions'],
): readonly Feed[] {
  const { node } = source;
  if (node.prepared.kind === 'pull-source') {
    const redriven = entryPorts(node.plan).map((port) => {
      const entry = { nodeId: node.plan.id, port };
      return createRedriveFeed(intakeOf({ sourceId: placeOfEntry(entry), wire: undefined, entry, ...REDRIVEN }));
    });
    return [createPoller(source, node.prepared), ...redriven];
  }
  const subscription = subscriptions.get(node.plan.id);
  if (subscription === undefined) return [];
  const { log, group, partitions } = subscription;
  const intake = intakeOf({ sourceId: node.plan.id, wire: undefined, ...REDRIVEN });
  return [
    ...partitionsOf(partitions).map((partition) =>
      createPartitionFeed(intake, { kind: 'group', log, group, partition }),
    ),
    createRedriveFeed(intake),
  ];
}

const REDRIVEN = { onPoison: 'park', expireAfterMs: undefined } as const;

function partitionsOf(count = 0): readonly number[] {
  return Array.from({ length: count }, (_, partition) => partition);
}

function remove(feeds: Feed[], feed: Feed): void {
  const index = feeds.indexOf(feed);
  if (index >= 0) feeds.splice(index, 1);
}
