import type { Endpoint, EndpointBody } from '@sluice/protocol';
import express, { type Request, type RequestHandler } from 'express';
import { refuse, type Refusal } from './errors-to-http.ts';
import type { TextBody } from './handlers.ts';
import { findUnsafeMember } from './unsafe-json.ts';

const BODY_LIMIT_BYTES = 1_048_576;

/** Takes the body as text, whatever its type: `readBody` then tells in our words what is wrong with it. */
export const bodyAsText: RequestHandler = express.text({
  type: () => true,
  limit: BODY_LIMIT_BYTES,
  inflate: false,
  defaultCharset: 'utf-8',
});

export type ReadBody =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly refusal: Refusal };

/** The body by the endpoint's schema, or as `TextBody` where YAML may come too. */
export function readBody(endpoint: Endpoint, request: Request): ReadBody {
  const { body } = endpoint;
  if (body === undefined) return { ok: true, body: undefined };
  const content: unknown = request.body;
  const text = typeof content === 'string' ? content : '';
  if (text === '')
    return body.required
      ? refused(refuse('body-malformed', 'The request needs a body.'))
      : { ok: true, body: undefined };
  const kind = kindOf(request);
  if (kind === undefined || !body.kinds.includes(kind)) {
    const wanted = body.kinds.includes('yaml') ? 'application/json or application/yaml' : 'application/json';
    return refused(refuse('content-type-unsupported', `Send the body as ${wanted}.`));
  }
  if (body.kinds.includes('yaml')) return { ok: true, body: { text, syntax: kind } satisfies TextBody };
  return parseJson(body, text);
}

function parseJson(body: EndpointBody, text: string): ReadBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refused(
      refuse('body-malformed', `The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`),
    );
  }
  const unsafe = findUnsafeMember(value);
  if (unsafe !== undefined) return refused(refuse('body-unsafe', unsafe));
  const parsed = body.schema.safeParse(value);
  if (parsed.success) return { ok: true, body: parsed.data };
  return refused(requestInvalid('body', parsed.error.issues));
}

/** A refusal that lists each thing that is wrong, with its place as JSON Pointer. */
export function requestInvalid(
  place: 'body' | 'query' | 'path',
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Refusal {
  const errors = issues.map((issue) => ({
    path: issue.path.map((part) => `/${String(part)}`).join(''),
    message: issue.message,
  }));
  const [first] = errors;
  const name = first === undefined || first.path === '' ? `The ${place}` : `${first.path.slice(1)} of the ${place}`;
  return refuse('request-invalid', `${name}: ${first?.message ?? 'not valid'}.`, { members: { errors } });
}

function refused(refusal: Refusal): ReadBody {
  return { ok: false, refusal };
}

function kindOf(request: Request): 'json' | 'yaml' | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) return 'json';
  if (type === 'application/yaml' || type === 'application/x-yaml' || type === 'text/yaml' || type === 'text/x-yaml')
    return 'yaml';
  return undefined;
}
