import type { PipelineDocument } from '@sluice/pipeline';
import type { Position } from '../../lib/draft/change.ts';
import { COLUMN_WIDTH, ROW_HEIGHT } from '../../lib/draft/lay-out-nodes.ts';

/** A place for a node added without pointing: right of the chosen one, else the wanted place; down until nothing is there. */
export function freePlace(document: PipelineDocument, besideId: string | null, wanted: Position): Position {
  const beside = besideId === null ? undefined : document.layout?.[besideId];
  const [x, start] = beside === undefined ? wanted : [beside[0] + COLUMN_WIDTH, beside[1]];
  const taken = Object.values(document.layout ?? {});
  let y = start;
  while (taken.some(([otherX, otherY]) => Math.abs(otherX - x) < 240 && Math.abs(otherY - y) < 100)) y += ROW_HEIGHT;
  return [x, y];
}
