import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IngressAnswer, Problem } from '@sluice/engine';
import { PROBLEM_CONTENT_TYPE, problemBody } from './problem-body.ts';

/** After a refusal, this much of a body that nobody wants is still read, so that the sender gets to see the answer. */
const LINGER_BYTES = 4_194_304;
const LINGER_MS = 2_000;

/** 200 or 202: the message is where it was promised to be. */
export function answerAccepted(
  response: ServerResponse,
  answer: Extract<IngressAnswer, { ok: true }>,
  requestId: string,
): void {
  const body = JSON.stringify({ status: answer.status, id: answer.id, correlationId: answer.correlationId });
  response.writeHead(answer.httpStatus, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** An unread body up to this size is skipped and the connection kept. */
const SKIPPED_BYTES = 65_536;

/** A refusal. The connection is kept unless `close` is set or much of the body is still to come. */
export function answerProblem(
  request: IncomingMessage,
  response: ServerResponse,
  answer: {
    readonly problem: Problem;
    readonly requestId: string;
    readonly allow?: readonly string[];
    readonly close?: boolean;
  },
): void {
  if (response.destroyed || response.headersSent) return;
  const { problem, requestId, allow } = answer;
  const unread = hasMuchToCome(request);
  const close = answer.close === true || unread;
  const body = problemBody(problem, requestId);
  response.writeHead(problem.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...(problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(problem.retryAfterSeconds) }),
    ...(allow === undefined ? {} : { allow: allow.join(', ') }),
    ...(problem.status === 415 ? { 'accept-encoding': 'identity' } : {}),
    ...(close ? { connection: 'close' } : {}),
  });
  if (!unread) {
    response.end(body);
    return;
  }
  // Closing with unread bytes would reset the connection, and the sender might never see why.
  response.write(body);
  endAfterLingering(request, response);
}

function hasMuchToCome(request: IncomingMessage): boolean {
  if (request.readableEnded || request.destroyed) return false;
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > SKIPPED_BYTES
  );
}

function endAfterLingering(request: IncomingMessage, response: ServerResponse): void {
  let drained = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', finish).off('close', finish);
    response.end();
  };
  const onData = (chunk: Buffer): void => {
    drained += chunk.length;
    if (drained > LINGER_BYTES) finish();
  };
  const timer = setTimeout(finish, LINGER_MS);
  request.on('data', onData).on('end', finish).on('close', finish);
  request.resume();
}
