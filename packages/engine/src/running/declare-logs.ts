import { DEFAULTS } from '@sluice/pipeline';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { GroupId, LogId, MessageStore } from '../ports/message-store.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import { topicLog } from './graph.ts';

/** A node that reads a topic, as a group of its own. */
export interface Subscription {
  readonly log: LogId;
  readonly group: GroupId;
  readonly partitions: number;
}

export interface DeclaredLogs {
  /** What the store really has, by log and topic. */
  readonly partitions: ReadonlyMap<LogId, number>;
  /** By node. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

interface Prepared {
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
}

/** The topics that nodes of a version read, before anything is made for them. */
export function subscriptionsOf({
  plan,
  prepared,
}: Prepared): ReadonlyMap<string, { readonly log: LogId; readonly group: GroupId }> {
  return new Map(
    [...prepared].flatMap(([nodeId, node]) =>
      node.kind === 'event-source'
        ? [[nodeId, { log: topicLog(node.topic), group: `${plan.pipelineId}/${nodeId}` }]]
        : [],
    ),
  );
}

/** Makes the logs of a version, topics included, where they are new. What is there stays as it is. */
export async function declareLogs({ plan, prepared }: Prepared, store: MessageStore): Promise<DeclaredLogs> {
  const partitions = new Map<LogId, number>();
  const declare = async (log: LogId, wished: number): Promise<number> => {
    const declared = await store.declareLog({ log, partitions: wished });
    partitions.set(log, declared.partitions);
    return declared.partitions;
  };
  for (const log of plan.logs) await declare(log.log, log.partitions);
  for (const node of prepared.values()) {
    if (node.kind !== 'work') continue;
    for (const topic of node.topics ?? []) await declare(topicLog(topic), DEFAULTS.log.partitions);
  }
  const subscriptions = new Map<string, Subscription>();
  for (const [nodeId, { log, group }] of subscriptionsOf({ plan, prepared }))
    subscriptions.set(nodeId, { log, group, partitions: await declare(log, DEFAULTS.log.partitions) });
  return { partitions, subscriptions };
}

/** Makes the groups of a version where they are new. The logs must be there. */
export async function declareGroups(
  { plan, prepared }: Prepared,
  store: MessageStore,
  /** Wires that take messages along from elsewhere: what their log may hold of an earlier life, they have had. */
  fromNow: ReadonlySet<string>,
): Promise<void> {
  for (const wire of plan.wires) {
    if (wire.delivery !== 'event') continue;
    const startFrom = fromNow.has(wire.id) ? 'latest' : wire.startFrom;
    await store.declareGroup({ log: wire.log, group: wire.group, startFrom });
  }
  const subscriptions = subscriptionsOf({ plan, prepared });
  for (const [nodeId, node] of prepared) {
    const subscription = subscriptions.get(nodeId);
    if (node.kind === 'event-source' && subscription !== undefined)
      await store.declareGroup({ ...subscription, startFrom: node.startFrom });
  }
}
