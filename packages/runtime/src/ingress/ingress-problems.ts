import type { Problem } from '@sluice/engine';

/** What the ingress itself refuses, before any node has seen the request. */
export const ingressProblems = {
  addressInvalid: problem(
    400,
    'address-invalid',
    'Address not understood',
    'The path is not valid percent-encoded UTF-8.',
  ),
  bodyAborted: problem(400, 'body-aborted', 'Body incomplete', 'The connection ended before the body did.'),
  bodyTooSlow: problem(
    408,
    'body-too-slow',
    'Body too slow',
    'The body did not arrive in time. Nothing was accepted; send it again.',
  ),
  encodingUnsupported: problem(
    415,
    'encoding-unsupported',
    'Content encoding not supported',
    'Compressed bodies are not taken, because signatures are computed over the bytes as received. Send it without Content-Encoding.',
  ),
  stopping: {
    ...problem(
      503,
      'stopping',
      'Stopping',
      'The server is about to stop and takes nothing more. Send it again shortly.',
    ),
    retryAfterSeconds: 5,
  },
  tooManyRequests: {
    ...problem(
      503,
      'too-many-requests-at-once',
      'Too much at once',
      'The server is busy with as many requests as it takes at once. Nothing was accepted; send it again.',
    ),
    retryAfterSeconds: 1,
  },
  failed: problem(
    500,
    'internal',
    'Internal error',
    'The request could not be finished. Whether it was accepted is unknown; send it again with the same idempotency key.',
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export function bodyTooLarge(limitBytes: number): Problem {
  return problem(413, 'body-too-large', 'Body too large', `This address takes bodies of up to ${limitBytes} bytes.`);
}

function problem(status: number, code: string, title: string, detail: string): Problem {
  return { status, code, title, detail };
}
