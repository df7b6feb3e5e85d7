import { ActionIcon, Button, Divider, Tooltip } from '@mantine/core';
import { Panel, useReactFlow } from '@xyflow/react';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconKeyboard,
  IconLayoutDistributeVertical,
  IconMaximize,
  IconMinus,
  IconPlus,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useCanvas, useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { layOutNodes } from '../../lib/draft/lay-out-nodes.ts';
import classes from './canvas.module.css';
import { selectRedoLabel, selectUndoLabel } from './selectors.ts';

interface CanvasBarProps {
  readonly onAdd: () => void;
  readonly onShowKeys: () => void;
}

/** Everything that is done to the whole drawing. */
export function CanvasBar({ onAdd, onShowKeys }: CanvasBarProps) {
  const store = useCanvasStore();
  const undoLabel = useCanvas(selectUndoLabel);
  const redoLabel = useCanvas(selectRedoLabel);
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <Panel position="bottom-center" className={classes['bar']} role="toolbar" aria-label="Canvas tools">
      <Button size="compact-sm" h={28} leftSection={<IconPlus size={14} />} onClick={onAdd}>
        Add node
      </Button>
      <Divider orientation="vertical" />
      <Tool
        label={undoLabel === null ? 'Undo' : `Undo: ${undoLabel}`}
        disabled={undoLabel === null}
        onClick={() => store.getState().undo()}
      >
        <IconArrowBackUp size={16} />
      </Tool>
      <Tool
        label={redoLabel === null ? 'Redo' : `Redo: ${redoLabel}`}
        disabled={redoLabel === null}
        onClick={() => store.getState().redo()}
      >
        <IconArrowForwardUp size={16} />
      </Tool>
      <Divider orientation="vertical" />
      <Tool label="Zoom out" onClick={() => void zoomOut({ duration: 120 })}>
        <IconMinus size={16} />
      </Tool>
      <Tool label="Zoom in" onClick={() => void zoomIn({ duration: 120 })}>
        <IconPlus size={16} />
      </Tool>
      <Tool label="Fit to screen" onClick={() => void fitView({ duration: 200, padding: '28px', maxZoom: 1 })}>
        <IconMaximize size={16} />
      </Tool>
      <Tool
        label="Tidy up"
        onClick={() => {
          const { document, moveNodes } = store.getState();
          moveNodes(layOutNodes(document));
          requestAnimationFrame(() => void fitView({ duration: 200, padding: '28px', maxZoom: 1 }));
        }}
      >
        <IconLayoutDistributeVertical size={16} />
      </Tool>
      <Divider orientation="vertical" />
      <Tool label="Keys" onClick={onShowKeys}>
        <IconKeyboard size={16} />
      </Tool>
    </Panel>
  );
}

function Tool({
  label,
  disabled = false,
  onClick,
  children,
}: {
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
