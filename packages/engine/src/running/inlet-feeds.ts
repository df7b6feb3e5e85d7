import { createRedriveFeed } from '../operations/redrive-feed.ts';
import type { DeadLetter } from '../ports/message-store.ts';
import type { SourceParts } from '../source/entry.ts';
import { createPoller } from '../source/poller.ts';
import type { Feed } from '../worker/feed.ts';
import type { Intake } from '../worker/intake.ts';
import { createPartitionFeed } from '../worker/partition-feed.ts';
import { createQueueFeed } from '../worker/queue-feed.ts';
import { createSpillFeed } from '../worker/spill-feed.ts';
import type { Subscription } from './declare-logs.ts';
import type { RunningGraph, RunningWire } from './graph.ts';
import { reachOf } from './reach.ts';

/** An intake reads its graph each time: another version may have taken over. */
export type IntakeOf = (
  about: Pick<Intake, 'sourceId' | 'wire' | 'onPoison' | 'expireAfterMs' | 'entry' | 'over'> &
    Partial<Pick<Intake, 'reach'>>,
) => Intake;

const REDRIVEN = { onPoison: 'park', expireAfterMs: undefined } as const;

/** What works off a wire that keeps messages. */
export function feedsOfWire(graph: RunningGraph, wire: RunningWire, intakeOf: IntakeOf): readonly Feed[] {
  const { plan } = wire;
  switch (plan.delivery) {
    case 'push': {
      if (!('gate' in wire) || wire.spill === undefined) return [];
      return [createSpillFeed({ wire, spill: wire.spill, intakeOf, reach: reachOf(graph, plan.to) })];
    }
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

/** What polls, or reads a topic, on behalf of a source. */
export function feedsOfSource(
  source: SourceParts,
  intakeOf: IntakeOf,
  subscription: Subscription | undefined,
): readonly Feed[] {
  const { node } = source;
  if (node.prepared.kind === 'pull-source') return [createPoller(source, node.prepared)];
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

/** What lets redriven messages enter again at the port of a source. */
export function feedOfEntry(place: string, entry: NonNullable<DeadLetter['entry']>, intakeOf: IntakeOf): Feed {
  return createRedriveFeed(intakeOf({ sourceId: place, wire: undefined, entry, ...REDRIVEN }));
}

function partitionsOf(count = 0): readonly number[] {
  return Array.from({ length: count }, (_, partition) => partition);
}
