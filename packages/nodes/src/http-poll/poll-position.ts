import { type Json, WorkError } from '@sluice/engine';
import { z } from 'zod';
import type { CursorValue } from './cursor-value.ts';

/** How many items are remembered as seen. Beyond it the earliest are forgotten, and given again if they come again. */
export const SEEN_MAX = 10_000;

/** Where a poller stands: all that the next request and the choice of new items depend on. */
export interface PollPosition {
  /** What the cursor parameter is made from; null before the first. */
  readonly value: CursorValue | null;
  /** Fingerprints of items that may come again, with their cursor value where they have one. */
  readonly seen: readonly (readonly [fingerprint: string, value: CursorValue | null])[];
  /** The next request leaves the overlap out: the last page held nothing but what it repeated. */
  readonly withoutOverlap?: boolean | undefined;
  /** Validators of the last answer to the same request. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

const value = z.union([z.string(), z.number()]).nullable();
const positionSchema = z.object({
  value,
  seen: z.array(z.tuple([z.string(), value])),
  withoutOverlap: z.boolean().optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
});

export function readPosition(stored: Json | undefined, initial: CursorValue | undefined): PollPosition {
  if (stored === undefined) return { value: initial ?? null, seen: [] };
  const result = positionSchema.safeParse(stored);
  if (result.success) return result.data;
  throw new WorkError('The stored position is not one of a poller', { code: 'cursor-invalid', retryable: false });
}

/** The position as it is stored, without what is not there. */
export function storedPosition(position: PollPosition): Json {
  const { value: cursor, seen, withoutOverlap, etag, lastModified } = position;
  return {
    value: cursor,
    seen: seen.map(([fingerprint, at]) => [fingerprint, at]),
    ...(withoutOverlap === true ? { withoutOverlap } : {}),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}
