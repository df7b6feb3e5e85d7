import type { Response } from 'express';
import { PROBLEM_CONTENT_TYPE, problemBody } from '@sluice/runtime';
import { REFUSALS, type Refusal } from './errors-to-http.ts';

/** What a route answers; how it is sent is decided here alone. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly contentType: string;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'empty' }
  | Refusal;

export function json(
  body: unknown,
  more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  return {
    kind: 'json',
    status: more.status ?? 200,
    body,
    ...(more.headers === undefined ? {} : { headers: more.headers }),
  };
}

export function text(content: string, contentType: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: 'text', status: 200, contentType, text: content, headers };
}

export const EMPTY: Answer = { kind: 'empty' };

export function send(response: Response, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  // Answers tell of the moment; nothing between here and the reader is to keep them.
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  switch (answer.kind) {
    case 'empty':
      response.status(204).end();
      return;
    case 'json':
      sendText(response, {
        status: answer.status,
        contentType: 'application/json; charset=utf-8',
        body: JSON.stringify(answer.body),
        headers: answer.headers,
      });
      return;
    case 'text':
      sendText(response, {
        status: answer.status,
        contentType: answer.contentType,
        body: answer.text,
        headers: answer.headers,
      });
      return;
    case 'refusal': {
      const { code, detail, members, headers } = answer;
      const { status, title } = REFUSALS[code];
      const body = problemBody({ code, status, title, detail }, requestIdOf(response), members);
      sendText(response, { status, contentType: PROBLEM_CONTENT_TYPE, body, headers });
    }
  }
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader('x-request-id') ?? '');
}

function sendText(
  response: Response,
  o: {
    readonly status: number;
    readonly contentType: string;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>> | undefined;
  },
): void {
  for (const [name, value] of Object.entries(o.headers ?? {})) response.setHeader(name, value);
  response.status(o.status).setHeader('content-type', o.contentType);
  response.setHeader('content-length', Buffer.byteLength(o.body));
  response.end(o.body);
}
