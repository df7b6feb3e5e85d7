import type { NodePlan } from '../plan/node-plan.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { DeadLetter, QueueId } from '../ports/message-store.ts';

const SUFFIX = '.redrive';

/**
 * Where redriven messages wait that must not go back to where they came from: what one group gave up is no news to the
 * other groups of its log, and what a poller gave up it will not find a second time. The queue belongs to a *place*: the
 * id of an event wire (its consumer works the queue off), the id of a node that subscribes to a topic, or `node.port` of a
 * source (from there the message enters again).
 */
export function redriveQueue(pipelineId: string, place: string): QueueId {
  return `${pipelineId}/${place}${SUFFIX}`;
}

/** The place that a queue belongs to, or `undefined` when it is no queue of redriven messages. */
export function placeOfRedriveQueue(pipelineId: string, queue: QueueId): string | undefined {
  const prefix = `${pipelineId}/`;
  if (!queue.startsWith(prefix) || !queue.endsWith(SUFFIX)) return undefined;
  return queue.slice(prefix.length, -SUFFIX.length);
}

/** What the port of a source is called as a place. */
export function placeOfEntry({ nodeId, port }: NonNullable<DeadLetter['entry']>): string {
  return `${nodeId}.${port}`;
}

/** Whether a version has the place, so that somebody works its queue off. */
export function hasRedriveQueue(plan: PipelinePlan, place: string): boolean {
  const wire = plan.wires.find(({ id }) => id === place);
  if (wire !== undefined) return wire.delivery === 'event';
  const [nodeId = '', port] = place.split('.');
  const node = plan.nodes.get(nodeId);
  if (node === undefined) return false;
  if (port === undefined) return node.definition.sourceStyle === 'event';
  return entryPorts(node).includes(port);
}

/** Ports from which what a source of ours gave up can enter again. */
export function entryPorts({ definition, outputs }: NodePlan): readonly string[] {
  if (definition.sourceStyle !== 'pull') return [];
  return [...outputs].filter(([, wires]) => wires.length > 0).map(([port]) => port);
}
