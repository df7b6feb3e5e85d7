import type { NodeCatalogue, NodeDocument, PipelineDocument } from '@sluice/pipeline';
import { nodeTitle } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';

export interface UpstreamNode {
  readonly id: string;
  readonly title: string;
  /** How it comes by messages; `null` for a step. */
  readonly style: 'push' | 'pull' | 'event' | null;
  /** Somebody outside waits for its answer. */
  readonly isWebhook: boolean;
}

/** Who starts the calls that reach a node: back along push wires as far as they go. */
export function headOfPush(document: PipelineDocument, catalogue: NodeCatalogue, node: NodeDocument): UpstreamNode {
  const seen = new Set<string>();
  let current = node;
  while (!seen.has(current.id)) {
    seen.add(current.id);
    const wire = document.wires.find((candidate) => candidate.to === current.id && candidate.delivery === 'push');
    const before =
      wire === undefined ? undefined : document.nodes.find((candidate) => candidate.id === wireSource(wire).nodeId);
    if (before === undefined) break;
    current = before;
  }
  return describe(current, catalogue);
}

/** Sources from which a node can be reached, in document order; a source reaches itself. */
export function sourcesBefore(
  document: PipelineDocument,
  catalogue: NodeCatalogue,
  node: NodeDocument,
): readonly UpstreamNode[] {
  const reached = new Set<string>();
  const open = [node.id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    for (const wire of document.wires) if (wire.to === id) open.push(wireSource(wire).nodeId);
  }
  return document.nodes
    .filter((candidate) => reached.has(candidate.id) && catalogue.find(candidate.type)?.role === 'source')
    .map((source) => describe(source, catalogue));
}

function describe(node: NodeDocument, catalogue: NodeCatalogue): UpstreamNode {
  const definition = catalogue.find(node.type);
  const style = definition?.sourceStyle ?? null;
  return { id: node.id, title: nodeTitle(node, catalogue), style, isWebhook: style === 'push' };
}
