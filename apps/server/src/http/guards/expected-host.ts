import { isIPv4 } from 'node:net';
import type { RequestHandler } from 'express';
import { send } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';

/**
 * Serves only requests that were meant for this machine. Otherwise a page could point its own name at 127.0.0.1 and read
 * everything as if it were ours (DNS rebinding).
 */
export const expectedHostOnly: RequestHandler = (request, response, next) => {
  if (isLoopbackHost(request.headers.host)) return next();
  send(response, refuse('host-refused', 'This server answers to localhost and 127.0.0.1 only.'));
};

/** Whether a `Host` header names this machine, on whatever port. */
export function isLoopbackHost(header: string | undefined): boolean {
  if (header === undefined || !URL.canParse(`http://${header}`)) return false;
  const { hostname, host } = new URL(`http://${header}`);
  // Anything but a plain host and port would not come out as it went in.
  if (host !== header.toLowerCase().replace(/:80$/, '')) return false;
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}
