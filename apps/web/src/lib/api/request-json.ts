import { problemSchema } from '@sluice/protocol';
import type { z } from 'zod';
import { ApiError, ServerUnreachableError } from './api-error.ts';

export interface JsonRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Outlives the page: for what must be saved while it is closed. */
  readonly keepalive?: boolean;
}

/**
 * One call of the REST interface; the answer is parsed by its contract. Throws `ApiError` for problem answers and
 * `ServerUnreachableError` when there is no answer or it is not ours.
 */
export async function requestJson<T>(path: string, schema: z.ZodType<T>, request: JsonRequest = {}): Promise<T> {
  const response = await send(path, request);
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new ServerUnreachableError(
      `The answer to ${request.method ?? 'GET'} ${path} is not what this version of the page expects. Reload the page.`,
      {
        cause: parsed.error,
      },
    );
  }
  return parsed.data;
}

/** As `requestJson`, for calls whose answer carries nothing. */
export async function requestNothing(path: string, request: JsonRequest): Promise<void> {
  await send(path, request);
}

async function send(path: string, request: JsonRequest): Promise<Response> {
  const init: RequestInit = {
    method: request.method ?? 'GET',
    headers: {
      accept: 'application/json, application/problem+json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.keepalive === true ? { keepalive: true } : {}),
  };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ServerUnreachableError(
      'The server does not answer. Check that Sluice is running; the page tries again.',
      { cause },
    );
  }
  if (response.ok) return response;
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (problem.success) throw new ApiError(problem.data);
  throw new ServerUnreachableError(`The server answered ${response.status} without saying why. Check its log.`);
}
