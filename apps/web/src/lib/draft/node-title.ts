import type { NodeCatalogue, NodeDocument, PipelineDocument } from '@sluice/pipeline';

/** What a node is called on screen: its own title, else its type's, else the type itself. */
export function nodeTitle(node: NodeDocument, catalogue: NodeCatalogue): string {
  return node.title ?? catalogue.find(node.type)?.title ?? node.type;
}

/** As `nodeTitle`, by id; the id itself for a node that is no longer there. */
export function titleOf(document: PipelineDocument, nodeId: string, catalogue: NodeCatalogue): string {
  const node = document.nodes.find((candidate) => candidate.id === nodeId);
  return node === undefined ? nodeId : nodeTitle(node, catalogue);
}
