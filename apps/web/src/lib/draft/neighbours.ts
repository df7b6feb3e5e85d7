import type { PipelineDocument } from '@sluice/pipeline';
import { wireSource } from './wire-ends.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * Where an arrow key leads from a node: left and right along the wires to the nearest node, up and down to the nearest
 * node above or below on the canvas. Left and right fall back to geometry where there is no wire. `undefined`: nowhere.
 */
export function neighbourOf(document: PipelineDocument, nodeId: string, direction: Direction): string | undefined {
  const alongWires =
    direction === 'right'
      ? document.wires.filter((wire) => wireSource(wire).nodeId === nodeId).map((wire) => wire.to)
      : direction === 'left'
        ? document.wires.filter((wire) => wire.to === nodeId).map((wire) => wireSource(wire).nodeId)
        : [];
  return nearest(document, nodeId, alongWires) ?? nearest(document, nodeId, inDirection(document, nodeId, direction));
}

function inDirection(document: PipelineDocument, nodeId: string, direction: Direction): readonly string[] {
  const [x, y] = placeOf(document, nodeId);
  return document.nodes
    .filter((node) => {
      const [otherX, otherY] = placeOf(document, node.id);
      const dx = otherX - x;
      const dy = otherY - y;
      switch (direction) {
        case 'left':
          return dx < 0 && Math.abs(dx) >= Math.abs(dy);
        case 'right':
          return dx > 0 && Math.abs(dx) >= Math.abs(dy);
        case 'up':
          return dy < 0;
        case 'down':
          return dy > 0;
      }
    })
    .map((node) => node.id);
}

function nearest(document: PipelineDocument, nodeId: string, candidates: readonly string[]): string | undefined {
  const [x, y] = placeOf(document, nodeId);
  const distance = (id: string): number => {
    const [otherX, otherY] = placeOf(document, id);
    return Math.hypot(otherX - x, (otherY - y) * 1.5);
  };
  return candidates
    .filter((id) => id !== nodeId)
    .toSorted((a, b) => distance(a) - distance(b))
    .at(0);
}

function placeOf(document: PipelineDocument, id: string): readonly [number, number] {
  return document.layout?.[id] ?? [0, 0];
}
