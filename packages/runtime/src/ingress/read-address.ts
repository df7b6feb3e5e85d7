import type { IncomingMessage } from 'node:http';

export const HOOKS_PREFIX = '/hooks/';

export type Address =
  | {
      readonly ok: true;
      readonly pipelineName: string;
      readonly path: string;
      readonly query: Readonly<Record<string, string>>;
    }
  | { readonly ok: false };

/** Takes `/hooks/{pipeline}/{path}?query` apart; each part is decoded exactly once, before anything is looked up by it. */
export function readAddress(url: string): Address {
  const mark = url.indexOf('?');
  const pathname = mark === -1 ? url : url.slice(0, mark);
  const rest = pathname.slice(HOOKS_PREFIX.length);
  const slash = rest.indexOf('/');
  try {
    return {
      ok: true,
      pipelineName: decodeURIComponent(slash === -1 ? rest : rest.slice(0, slash)),
      path: slash === -1 ? '' : decodeURIComponent(rest.slice(slash + 1)),
      query: mark === -1 ? {} : readQuery(url.slice(mark + 1)),
    };
  } catch {
    // `decodeURIComponent` throws on bytes that are not UTF-8: the caller answers 400.
    return { ok: false };
  }
}

/** The first value of each name; no name can reach the prototype. */
function readQuery(text: string): Readonly<Record<string, string>> {
  const query = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(text)) query[name] ??= value;
  return query;
}

/** Names in lower case; a header that came more than once is an array, so that nobody mistakes two signatures for one. */
export function readHeaders(request: IncomingMessage): Readonly<Record<string, string | readonly string[]>> {
  const headers = Object.create(null) as Record<string, string | string[]>;
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (typeof known === 'string') headers[name] = [known, value];
    else known.push(value);
  }
  return headers;
}
