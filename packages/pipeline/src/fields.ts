import { z } from 'zod';
import { DURATION_PATTERN, RATE_PATTERN } from './duration.ts';

/** Kinds of settings that stand in many places of a document. */

/** A schema's own words for a wrong value; a missing one is told alike everywhere. */
function unlessMissing(message: string): (issue: { readonly input?: unknown }) => string | undefined {
  return ({ input }) => (input === undefined ? undefined : message);
}

const NOT_A_DURATION = 'is not a duration such as 200ms, 5s, 5m, 2h or 3d';
export const duration = z
  .string({ error: unlessMissing(NOT_A_DURATION) })
  .regex(DURATION_PATTERN, NOT_A_DURATION)
  .meta({ id: 'Duration', description: 'A span of time: 200ms, 5s, 5m, 2h, 3d.', examples: ['5s'] });

const NOT_A_RATE = 'is not a rate such as 100/s or 30/m';
export const rate = z
  .string({ error: unlessMissing(NOT_A_RATE) })
  .regex(RATE_PATTERN, NOT_A_RATE)
  .meta({ id: 'Rate', description: 'Events per unit of time: 100/s, 30/m.', examples: ['100/s'] });

const NOT_A_PATH = 'is not a path such as customer, order.customer.id, $headers.x-tenant or $key';
export const keyPath = z
  .string({ error: unlessMissing(NOT_A_PATH) })
  .min(1)
  .max(200)
  .regex(/^(\$key|\$id|(\$headers\.)?[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\.\d+)*)$/, NOT_A_PATH)
  .meta({
    id: 'KeyPath',
    description: 'Where a key stands: a dotted path into the payload (order.customer.id), $headers.name, $key or $id.',
    examples: ['customer'],
  });

export const fraction = z.number().min(0).max(1);
export const positiveInt = z.number().int().min(1);
