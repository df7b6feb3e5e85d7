import { EmptyState, Button } from '@mantine/core';
import type { Finding } from '@sluice/pipeline';
import { IconSelectAll, IconTrash } from '@tabler/icons-react';
import type { KeyboardEvent, Ref } from 'react';
import { DeliveryCard } from '../../features/delivery/delivery-card.tsx';
import { NodeInspector } from '../../features/inspector/node-inspector.tsx';
import { PipelineInspector } from '../../features/inspector/pipeline-inspector.tsx';
import { NodeSummary } from '../../features/live/node-summary.tsx';
import { WireSummary } from '../../features/live/wire-summary.tsx';
import { useCanvas, useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { counted } from '../../lib/format/compact-number.ts';
import classes from './editor.module.css';

const selectDocument = (state: CanvasState) => state.document;
const selectSelection = (state: CanvasState) => state.selection;

/** About what is selected: a node, a wire, several of them, or the whole pipeline. */
export function SidePanel({
  findings,
  ref,
}: {
  readonly findings: readonly Finding[];
  readonly ref: Ref<HTMLElement>;
}) {
  const store = useCanvasStore();
  const document = useCanvas(selectDocument);
  const { nodeIds, wireIds } = useCanvas(selectSelection);
  const node =
    nodeIds.length === 1 && wireIds.length === 0
      ? document.nodes.find((candidate) => candidate.id === nodeIds[0])
      : undefined;
  const wire =
    wireIds.length === 1 && nodeIds.length === 0
      ? document.wires.find((candidate) => candidate.id === wireIds[0])
      : undefined;
  const several = nodeIds.length + wireIds.length > 1;

  const handleKeyDown = (event: KeyboardEvent): void => {
    const { focused } = store.getState();
    if (event.key !== 'Escape' || event.defaultPrevented || focused === null) return;
    const selector =
      focused.kind === 'node'
        ? `.react-flow__node[data-id="${CSS.escape(focused.id)}"]`
        : `[data-wire-id="${CSS.escape(focused.id)}"]`;
    window.document.querySelector<HTMLElement>(selector)?.focus();
  };

  return (
    <aside ref={ref} className={classes['side']} aria-label="Inspector" onKeyDown={handleKeyDown}>
      {node !== undefined && (
        <>
          <NodeSummary nodeId={node.id} />
          <NodeInspector key={node.id} node={node} findings={findings} />
        </>
      )}
      {wire !== undefined && (
        <>
          <WireSummary wireId={wire.id} />
          <DeliveryCard key={wire.id} wire={wire} findings={findings} />
        </>
      )}
      {several && (
        <EmptyState
          py="xl"
          icon={<IconSelectAll />}
          title={`${counted(nodeIds.length, 'node')} selected`}
          description="Drag them, move them with Ctrl and arrows, or remove them together."
        >
          <EmptyState.Actions>
            <Button
              variant="default"
              leftSection={<IconTrash size={14} />}
              onClick={() => store.getState().removeElements({ nodeIds, wireIds })}
            >
              Remove them
            </Button>
          </EmptyState.Actions>
        </EmptyState>
      )}
      {node === undefined && wire === undefined && !several && <PipelineInspector findings={findings} />}
    </aside>
  );
}
