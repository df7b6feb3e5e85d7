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

/** The port of a source that a place is, or `undefined` when it is a wire or a subscriber. */
export function entryOfPlace(place: string): DeadLetter['entry'] {
  const [nodeId = '', port] = place.split('.');
  return port === undefined ? undefined : { nodeId, port };
}

/** The places of a version, each with the node that works its queue off. */
export function redrivePlaces(plan: PipelinePlan): readonly { readonly place: string; readonly nodeId: string }[] {
  const wires = plan.wires.flatMap(({ id, to, delivery }) => (delivery === 'event' ? [{ place: id, nodeId: to }] : []));
  const nodes = [...plan.nodes.values()].flatMap((node) => {
    const nodeId = node.id;
    if (node.definition.sourceStyle === 'event') return [{ place: nodeId, nodeId }];
    return entryPorts(node).map((port) => ({ place: placeOfEntry({ nodeId, port }), nodeId }));
  });
  return [...wires, ...nodes];
}

/** Whether a version has the place, so that somebody works its queue off. */
export function hasRedriveQueue(plan: PipelinePlan, place: string): boolean {
  return redrivePlaces(plan).some((one) => one.place === place);
}

/** Ports from which what a source of ours gave up can enter again. */
export function entryPorts({ definition, outputs }: NodePlan): readonly string[] {
  if (definition.sourceStyle !== 'pull') return [];
  return [...outputs].filter(([, wires]) => wires.length > 0).map(([port]) => port);
}
