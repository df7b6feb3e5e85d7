import type { PipelineDocument } from '@sluice/pipeline';
import { headerOf, type Change } from './change.ts';
import { withLayout } from './lay-out-nodes.ts';
import { removalOf } from './removal.ts';

/** Changes that lead from one document to another, keeping the name and the places of nodes that stay. Can be undone like any other. */
export function replacementOf(current: PipelineDocument, target: PipelineDocument): readonly Change[] {
  const placed = withLayout({ ...target, layout: { ...target.layout, ...current.layout } });
  return [
    ...removalOf(current, { nodeIds: current.nodes.map((node) => node.id), wireIds: [] }),
    { kind: 'set-header', before: headerOf(current), after: { ...headerOf(target), name: current.name } },
    ...target.nodes.map((node, index): Change => ({
      kind: 'add-node',
      node,
      index,
      position: placed.layout?.[node.id] ?? null,
    })),
    ...target.wires.map((wire, index): Change => ({ kind: 'add-wire', wire, index })),
  ];
}
