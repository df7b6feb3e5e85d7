import { firstPort } from '@sluice/pipeline';
import { useReactFlow } from '@xyflow/react';
import { useState, type DragEvent, type RefObject } from 'react';
import { useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { NODE_DRAG_TYPE } from './node-drag-type.ts';

/** Half the size of a card: what is dropped has the pointer in its middle. */
const CARD_HALF = { x: 114, y: 36 };

/** Dropping a palette entry adds it; dropped on a wire it is spliced in. */
export function useCanvasDrop(container: RefObject<HTMLDivElement | null>) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const { screenToFlowPosition } = useReactFlow();
  const [over, setOver] = useState(false);
  return {
    'data-drop': over,
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(NODE_DRAG_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (
        event.target === container.current ||
        !(event.relatedTarget instanceof Node) ||
        container.current?.contains(event.relatedTarget) !== true
      )
        setOver(false);
    },
    onDrop: (event: DragEvent) => {
      setOver(false);
      const type = event.dataTransfer.getData(NODE_DRAG_TYPE);
      const definition = catalogue.find(type);
      if (definition === undefined) return;
      event.preventDefault();
      const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      const position = [x - CARD_HALF.x, y - CARD_HALF.y] as const;
      const wireId = wireAt(event.clientX, event.clientY);
      if (
        wireId !== undefined &&
        definition.role !== 'source' &&
        firstPort(definition, definition.initialConfig) !== undefined
      )
        store.getState().spliceNode(type, position, wireId);
      else store.getState().addNode(type, position);
    },
  };
}

function wireAt(x: number, y: number): string | undefined {
  for (const element of document.elementsFromPoint(x, y)) {
    const wire = element.closest('[data-wire-id], .react-flow__edge');
    const id = wire?.getAttribute('data-wire-id') ?? wire?.getAttribute('data-id');
    if (id !== null && id !== undefined) return id;
  }
  return undefined;
}
