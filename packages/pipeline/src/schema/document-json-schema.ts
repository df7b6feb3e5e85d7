import { z } from 'zod';
import { documentSchema } from '../document.ts';

/**
 * The document's JSON Schema (2020-12), for editors and other programs: what may be written, so fields with a default
 * are optional. It knows the build of a document only; `checkDocument` knows what it means.
 */
export function documentJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(documentSchema, { target: 'draft-2020-12', io: 'input' });
}
