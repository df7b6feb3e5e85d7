import type { IngressRequest } from '@sluice/engine';

/** True when the request was signed with one of the secrets. Says no more: which check failed is nobody's business. */
export type SignatureCheck = (request: IngressRequest, now: number) => boolean;

/** The value of a header that must be there once. One that came twice was put together by somebody. */
export function onlyHeader(request: IngressRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
