import { z } from 'zod';

/** What stands in the addresses of several endpoints. */
const pipelineId = z.string().min(1).max(100).meta({ description: 'Id or name of a pipeline.' });
export const byPipeline = z.object({ id: pipelineId });
export const byWire = z.object({ id: pipelineId, wire: z.string().min(1).max(100) });
export const limit = z.coerce.number().int().min(1).max(500);

/** A moment as ISO 8601, or in ms since 1970. Becomes ms since 1970. */
export const instant = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const ms = typeof value === 'number' || /^\d+$/.test(value) ? Number(value) : isoMs(value);
    if (Number.isSafeInteger(ms) && ms >= 0) return ms;
    context.addIssue('is not a time such as 2026-01-31T09:00:00Z, or milliseconds since 1970');
    return z.NEVER;
  })
  .meta({ description: 'ISO 8601 (2026-01-31T09:00:00Z), or milliseconds since 1970.' });

/** `Date.parse` alone takes many notations that mean something else elsewhere. */
function isoMs(text: string): number {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return Number.NaN;
  // oxlint-disable-next-line no-restricted-globals -- it reads the text that it is given, and no clock
  return Date.parse(text);
}
