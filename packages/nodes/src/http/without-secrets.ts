import { WorkError } from '@sluice/engine';
import { redact } from './redact.ts';

/** The same failure with secrets taken out of its words: a connector can quote what it was given. */
export function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof WorkError) || secrets.length === 0) return error;
  const message = redact(error.message, secrets);
  if (message === error.message) return error;
  const { code, retryable, targetFailed, retryAfterMs } = error;
  return new WorkError(message, {
    code,
    retryable,
    targetFailed,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
