import type { PipelineDocument } from '@sluice/pipeline';
import { getViewportForBounds, type Viewport } from '@xyflow/react';

/** About the size of a card, before any is drawn. */
const CARD = { width: 228, height: 90 };

/** The viewport that shows a whole drawing, computed from places alone. */
export function fittingViewport(document: PipelineDocument, width: number, height: number): Viewport {
  const places = document.nodes.map((node) => document.layout?.[node.id] ?? [0, 0]);
  const xs = places.map(([x]) => x ?? 0);
  const ys = places.map(([, y]) => y ?? 0);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  const bounds = { x, y, width: Math.max(...xs) - x + CARD.width, height: Math.max(...ys) - y + CARD.height };
  return getViewportForBounds(bounds, Math.max(300, width), Math.max(300, height), 0.1, 1, '28px');
}
