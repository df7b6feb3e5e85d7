import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { send } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Lets no page of another site change anything with the rights of whoever is looking at it. */
export const sameOriginOnly: RequestHandler = (request, response, next) => {
  response.vary('Sec-Fetch-Site').vary('Origin');
  if (READING.has(request.method) || isSameOrigin(request.headers)) return next();
  send(
    response,
    refuse('cross-site', 'Changes are taken only from pages of this server and from programs that are not a browser.'),
  );
};

/**
 * Whether a request comes from our own pages or from no page at all. Browsers say so in `Sec-Fetch-Site`, which pages
 * cannot forge; older ones send `Origin` with everything that changes something. Other programs send neither.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
