import { type HttpAnswer, WorkError } from '@sluice/engine';
import { redact } from './redact.ts';
import { parseRetryAfter } from './retry-after.ts';

const BODY_SHOWN_MAX = 200;

/** Refusals that another try may overcome. Of the rest in 4xx the target has said that it never will. */
const RETRYABLE = new Set([408, 409, 425, 429]);
/** Of those, the ones that tell of the target's state rather than of the message's. */
const TARGET_AT_FAULT = new Set([408, 429]);

/** The failure that an answer means, when its status is none of success. */
export function refusal(
  answer: HttpAnswer,
  context: { readonly now: number; readonly secrets: readonly string[] },
): WorkError {
  const { status } = answer;
  const serverFailed = status >= 500;
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], context.now);
  return new WorkError(redact(describe(answer), context.secrets), {
    code: 'target-status',
    status,
    retryable: serverFailed || RETRYABLE.has(status),
    targetFailed: serverFailed || TARGET_AT_FAULT.has(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function describe({ status, headers, body }: HttpAnswer): string {
  if (status >= 300 && status < 400) {
    const location = headers['location'];
    return `The target answered ${status}, a redirect${location === undefined ? '' : ` to ${location.slice(0, BODY_SHOWN_MAX)}`}; redirects are not followed`;
  }
  const shown = body.replaceAll(/\s+/g, ' ').trim();
  if (shown === '') return `The target answered ${status}`;
  const cut = shown.length > BODY_SHOWN_MAX ? `${shown.slice(0, BODY_SHOWN_MAX)}...` : shown;
  return `The target answered ${status}: ${cut}`;
}
