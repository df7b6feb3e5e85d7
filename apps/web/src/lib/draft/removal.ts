import type { PipelineDocument } from '@sluice/pipeline';
import type { Change } from './change.ts';
import type { Selection } from './selection.ts';
import { wireSource } from './wire-ends.ts';

/** Changes that take nodes and wires away, and with a node the wires at it. */
export function removalOf(document: PipelineDocument, selection: Selection): readonly Change[] {
  const nodeIds = new Set(selection.nodeIds);
  const wireIds = new Set(selection.wireIds);
  const changes: Change[] = [];
  let wireIndex = 0;
  for (const wire of document.wires) {
    if (wireIds.has(wire.id) || nodeIds.has(wire.to) || nodeIds.has(wireSource(wire).nodeId)) {
      changes.push({ kind: 'remove-wire', wire, index: wireIndex });
    } else {
      wireIndex += 1;
    }
  }
  let nodeIndex = 0;
  for (const node of document.nodes) {
    if (nodeIds.has(node.id)) {
      changes.push({ kind: 'remove-node', node, index: nodeIndex, position: document.layout?.[node.id] ?? null });
    } else {
      nodeIndex += 1;
    }
  }
  return changes;
}
