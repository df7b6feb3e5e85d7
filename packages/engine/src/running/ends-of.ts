import { topicLog, type RunningGraph } from './graph.ts';

/** Queues and logs, topics included, on which a unit of work that begins at a node may put something. */
export function endsOf(graph: RunningGraph, start: string): ReadonlySet<string> {
  const ends = new Set<string>();
  const seen = new Set<string>();
  const visit = (nodeId: string): void => {
    const node = graph.nodes.get(nodeId);
    if (node === undefined || seen.has(nodeId)) return;
    seen.add(nodeId);
    if (node.prepared.kind === 'work') for (const topic of node.prepared.topics ?? []) ends.add(topicLog(topic));
    for (const wire of [...node.plan.outputs.values()].flat()) {
      if (wire.delivery === 'pull') ends.add(wire.queue);
      else if (wire.delivery === 'event') ends.add(wire.log);
      else visit(wire.to);
      if (wire.delivery === 'push' && wire.spill !== undefined) ends.add(wire.spill.queue);
    }
  };
  visit(start);
  return ends;
}
