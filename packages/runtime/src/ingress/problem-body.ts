import type { Problem } from '@sluice/engine';

/** A problem's `type` is an address below this, ending in its code. */
export const PROBLEM_TYPES = 'https://sluice.dev/problems/';
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** The RFC 9457 body of a refusal, with further members such as `errors`. */
export function problemBody(
  problem: Problem,
  requestId: string,
  members: Readonly<Record<string, unknown>> = {},
): string {
  const { code, title, status, detail } = problem;
  return JSON.stringify({ type: `${PROBLEM_TYPES}${code}`, title, status, detail, code, requestId, ...members });
}
