import type { PipelineDocument } from '@sluice/pipeline';
import { wireSource } from './wire-ends.ts';

export const COLUMN_WIDTH = 340;
export const ROW_HEIGHT = 170;

/** Positions by distance from the sources, column by column; rows in document order. Loops are cut where they close. */
export function layOutNodes(document: PipelineDocument): Record<string, [number, number]> {
  const column = new Map<string, number>();
  const visit = (id: string, path: ReadonlySet<string>): number => {
    const known = column.get(id);
    if (known !== undefined) return known;
    const before = document.wires.filter((wire) => wire.to === id).map((wire) => wireSource(wire).nodeId);
    const longer = new Set(path).add(id);
    const depth = Math.max(
      0,
      ...before.filter((source) => !longer.has(source)).map((source) => visit(source, longer) + 1),
    );
    column.set(id, depth);
    return depth;
  };
  const rows = new Map<number, number>();
  return Object.fromEntries(
    document.nodes.map((node) => {
      const x = visit(node.id, new Set());
      const y = rows.get(x) ?? 0;
      rows.set(x, y + 1);
      return [node.id, [x * COLUMN_WIDTH, y * ROW_HEIGHT]];
    }),
  );
}

/** Every node has a place: those that the document does not place are laid out. */
export function withLayout(document: PipelineDocument): PipelineDocument {
  const placed = document.layout ?? {};
  if (document.nodes.every((node) => node.id in placed)) return { ...document, layout: placed };
  return { ...document, layout: { ...layOutNodes(document), ...placed } };
}
