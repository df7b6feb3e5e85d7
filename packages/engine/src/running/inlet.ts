import { createCancel } from '../delivery/cancel.ts';
import { entryOfPlace, entryPorts, placeOfEntry } from '../operations/redrive-queue.ts';
import type { Problem } from '../ports/node-behaviour.ts';
import type { SourceParts } from '../source/entry.ts';
import { createIngressRoute, type RunningRoute } from '../source/ingress.ts';
import type { Feed } from '../worker/feed.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import type { Intake } from '../worker/intake.ts';
import type { Subscription } from './declare-logs.ts';
import type { RunningGraph, RunningNode } from './graph.ts';
import { feedOfEntry, feedsOfSource, feedsOfWire, type IntakeOf } from './inlet-feeds.ts';
import type { RunningParts } from './parts.ts';
import { reachOf, type Reach } from './reach.ts';

/**
 * One way by which work comes to a node: a durable wire that leads there, the topic that it subscribes to, its poller,
 * its webhook's address, or redriven messages that enter again at a port of its own. Inlets start and stop one by one, so that a new version leaves alone what it does not touch.
 */
export interface Inlet {
  /** The wire, the source node, or the port of one as `node.port`. */
  readonly sourceId: string;
  readonly node: RunningNode;
  /** True where work comes from outside of the pipeline: webhook, poller, topic. */
  readonly isIntake: boolean;
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
  /** Why pollers and subscribers wait, whatever is behind them. */
  readonly intakeHold: NonNullable<Reach['intakeHold']>;
  /** Present where a removed wire is drained: what of a run is still owed to it. The rest has been given back. */
  readonly owed?: Intake['owed'];
}

/** Ids of the inlets that a graph has: its durable wires, its sources and their ports. */
export function inletsOf(graph: RunningGraph): readonly string[] {
  const wires = [...graph.wires.values()].flatMap((wire) =>
    'gate' in wire && wire.spill === undefined ? [] : [wire.plan.id],
  );
  const sources = [...graph.nodes.values()].flatMap(({ plan }) => {
    if (plan.definition.role !== 'source') return [];
    return [plan.id, ...entryPorts(plan).map((port) => placeOfEntry({ nodeId: plan.id, port }))];
  });
  return [...wires, ...sources];
}

export function createInlet(sourceId: string, first: RunningGraph, surroundings: InletSurroundings): Inlet {
  const { parts } = surroundings;
  const wire = first.wires.get(sourceId);
  const entry = entryOfPlace(sourceId);
  const node = first.nodes.get(wire?.plan.to ?? entry?.nodeId ?? sourceId);
  if (node === undefined) throw new Error(`${sourceId} leads to no node of pipeline ${first.plan.pipelineId}`);
  const isIntake = sourceId === node.plan.id;
  const reach = reachOf(first, node.plan.id);
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
    reach: isIntake ? { ...reach, intakeHold: surroundings.intakeHold } : reach,
    signal: cancel.signal,
  };
  const intakeOf: IntakeOf = (about) => ({
    ...about,
    get graph() {
      return graph;
    },
    parts,
    node,
    reach: about.reach ?? source.reach,
    signal: cancel.signal,
    onFree: wakeInTurn(node.feeds, (feed) => feed.starved()),
    owed: surroundings.owed,
  });
  const route =
    isIntake && node.prepared.kind === 'push-source'
      ? createIngressRoute(source, node.prepared, () => (isSuperseded ? superseded() : surroundings.refusal()))
      : undefined;
  const feedsOf = (): readonly Feed[] => {
    if (wire !== undefined) return feedsOfWire(first, wire, intakeOf);
    if (entry !== undefined) return [feedOfEntry(sourceId, entry, intakeOf)];
    return feedsOfSource(source, intakeOf, surroundings.subscriptions.get(node.plan.id));
  };
  const feeds = feedsOf();

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
    isIntake,
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

function remove(feeds: Feed[], feed: Feed): void {
  const index = feeds.indexOf(feed);
  if (index >= 0) feeds.splice(index, 1);
}
