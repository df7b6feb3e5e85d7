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

/** Makes the logs and groups of a version where they are new. What is there stays as it is. */
export async function declareLogs(request: {
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly store: MessageStore;
}): Promise<DeclaredLogs> {
  const { plan, store } = request;
  const partitions = new Map<LogId, number>();
  const declare = async (log: LogId, wished: number): Promise<number> => {
    const declared = await store.declareLog({ log, partitions: wished });
    partitions.set(log, declared.partitions);
    return declared.partitions;
  };
  for (const log of plan.logs) await declare(log.log, log.partitions);
  for (const wire of plan.wires) {
    if (wire.delivery !== 'event') continue;
    await store.declareGroup({ log: wire.log, group: wire.group, startFrom: wire.startFrom });
  }
  const subscriptions = new Map<string, Subscription>();
  for (const [nodeId, node] of request.prepared) {
    if (node.kind === 'work') {
      for (const topic of node.topics ?? []) await declare(topicLog(topic), DEFAULTS.log.partitions);
    }
    if (node.kind !== 'event-source') continue;
    const log = topicLog(node.topic);
    const group = `${plan.pipelineId}/${nodeId}`;
    subscriptions.set(nodeId, { log, group, partitions: await declare(log, DEFAULTS.log.partitions) });
    await store.declareGroup({ log, group, startFrom: node.startFrom });
  }
  return { partitions, subscriptions };
}
