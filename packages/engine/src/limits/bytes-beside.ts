import { redrivePlaces, redriveQueue } from '../operations/redrive-queue.ts';
import type { MessageStore } from '../ports/message-store.ts';
import type { Remnant } from '../removed-wires/remnants.ts';
import type { RunningGraph } from '../running/graph.ts';

/**
 * What the store keeps of a pipeline beside the queues of its wires and its dead letters, in bytes: logs with what was read
 * and stays for replay, redriven messages, and what earlier versions left. Topics belong to nobody.
 */
export async function bytesBeside(
  graph: RunningGraph,
  remnants: readonly Remnant[],
  store: MessageStore,
): Promise<number> {
  const { plan } = graph;
  let bytes = 0;
  for (const { place } of redrivePlaces(plan))
    bytes += (await store.backlog({ queue: redriveQueue(plan.pipelineId, place) })).bytes;
  const logs = new Set(graph.logs.keys());
  for (const { sources } of remnants) {
    for (const source of sources) {
      if ('queue' in source) bytes += (await store.backlog(source)).bytes;
      else if (!source.log.startsWith('topic/')) logs.add(source.log);
    }
  }
  for (const log of logs) bytes += (await store.retained(log)).bytes;
  return bytes;
}
