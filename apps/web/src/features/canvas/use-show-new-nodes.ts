import { useReactFlow } from '@xyflow/react';
import { useEffect, type RefObject } from 'react';
import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { bringIntoView } from './bring-into-view.ts';
import type { CardNode, WireEdge } from './to-react-flow.ts';

/** A node that was just added, or came back by undo, is brought into view. */
export function useShowNewNodes(container: RefObject<HTMLElement | null>): void {
  const store = useCanvasStore();
  const flow = useReactFlow<CardNode, WireEdge>();
  useEffect(
    () =>
      store.subscribe((now, before) => {
        if (now.document.nodes.length <= before.document.nodes.length) return;
        const known = new Set(before.document.nodes.map((node) => node.id));
        const added = now.document.nodes.filter((node) => !known.has(node.id));
        const [only] = added;
        // Two frames: React Flow measures a node after it is drawn.
        if (only !== undefined && added.length === 1)
          requestAnimationFrame(() => requestAnimationFrame(() => bringIntoView(flow, container.current, only.id)));
      }),
    [store, flow, container],
  );
}
