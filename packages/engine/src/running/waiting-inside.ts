import { redrivePlaces, redriveQueue } from '../operations/redrive-queue.ts';
import type { MessageStore } from '../ports/message-store.ts';
import type { Remnants } from '../removed-wires/remnants.ts';
import { messagesAt } from '../removed-wires/wire-source.ts';
import { queueOf, type RunningGraph } from './graph.ts';

/**
 * Messages that wait inside a pipeline or are in hand: on its pull and event wires, redriven beside them, and on removed
 * wires that drain. What waits in topics, and what its pollers have not fetched, is outside.
 */
export async function waitingInside(
  graph: RunningGraph,
  remnants: Pick<Remnants, 'list'>,
  store: MessageStore,
): Promise<number> {
  const { plan } = graph;
  let messages = 0;
  for (const wire of graph.wires.values()) {
    const queue = queueOf(wire);
    if (queue !== undefined) messages += (await store.backlog({ queue: queue.plan.queue })).messages;
    else if (wire.plan.delivery === 'event') messages += (await store.backlog(wire.plan)).messages;
  }
  for (const { place } of redrivePlaces(plan)) {
    // A subscriber's place is with its topic: closed with it.
    if (plan.nodes.get(place) !== undefined) continue;
    messages += (await store.backlog({ queue: redriveQueue(plan.pipelineId, place) })).messages;
  }
  for (const { fate, sources } of remnants.list())
    if (fate.do === 'drain') messages += await messagesAt(sources, store);
  return messages;
}
