import { type PrepareContext, WorkError } from '@sluice/engine';
import type { z } from 'zod';

/** The config with its defaults. It was accepted when the document was; anything else is refused here, by name. */
export function readConfig<Schema extends z.ZodType>(schema: Schema, context: PrepareContext): z.output<Schema> {
  const result = schema.safeParse(context.config);
  if (result.success) return result.data;
  const complaints = result.error.issues.map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`);
  throw new WorkError(complaints.join('; '), { code: 'config-invalid', retryable: false });
}
