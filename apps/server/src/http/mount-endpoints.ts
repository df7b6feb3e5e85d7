import { type Endpoint, ENDPOINTS, type EndpointId } from '@sluice/protocol';
import type { Application, Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { send } from './answer.ts';
import { refuse, type Refusal } from './errors-to-http.ts';
import type { Call, Handler, Handlers } from './handlers.ts';
import { bodyAsText, readBody, requestInvalid } from './read-body.ts';

/** Serves every endpoint of the table, and answers other methods on their addresses with 405. */
export function mountEndpoints(app: Application, handlers: Handlers): void {
  const methods = new Map<string, string[]>();
  for (const [id, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    const path = expressPath(endpoint.path);
    // The handler's own types hold it to this endpoint; the loop cannot express that they belong together.
    const handler = handlers[id as EndpointId] as Handler<Endpoint>;
    const chain: RequestHandler[] =
      endpoint.body === undefined ? [serve(endpoint, handler)] : [bodyAsText, serve(endpoint, handler)];
    app[endpoint.method](path, ...chain);
    methods.set(path, [
      ...(methods.get(path) ?? []),
      ...(endpoint.method === 'get' ? ['GET', 'HEAD'] : [endpoint.method.toUpperCase()]),
    ]);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (request, response) => {
      const allow = allowed.join(', ');
      send(
        response,
        refuse('method-not-allowed', `${request.method} is not possible here, only ${allow}.`, { headers: { allow } }),
      );
    });
  }
}

/** `/pipelines/{id}` in the words of Express. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function serve(endpoint: Endpoint, handler: Handler<Endpoint>): RequestHandler {
  return async (request, response) => {
    const call = readCall(endpoint, request);
    send(response, call.ok ? await handler(call.call) : call.refusal);
  };
}

type ReadCall =
  | { readonly ok: true; readonly call: Call<Endpoint> }
  | { readonly ok: false; readonly refusal: Refusal };

function readCall(endpoint: Endpoint, request: Request): ReadCall {
  const params = parse('path', endpoint.params, request.params);
  if (!params.ok) return params;
  const query = parse('query', endpoint.query, request.query);
  if (!query.ok) return query;
  const body = readBody(endpoint, request);
  if (!body.ok) return body;
  const header = (name: string): string | undefined => request.get(name);
  // The values are what the schemas gave; `Call` derives their types from the same schemas.
  return {
    ok: true,
    call: { params: params.value, query: query.value, body: body.body, header } as unknown as Call<Endpoint>,
  };
}

function parse(
  place: 'path' | 'query',
  schema: z.ZodType | undefined,
  value: unknown,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly refusal: Refusal } {
  if (schema === undefined) return { ok: true, value: undefined };
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, refusal: requestInvalid(place, parsed.error.issues) };
}
