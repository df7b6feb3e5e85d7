import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine, IdSource, IngressRoute, Problem } from '@sluice/engine';
import { answerAccepted, answerProblem } from './answer.ts';
import { createByteBudget } from './byte-budget.ts';
import { bodyTooLarge, ingressProblems } from './ingress-problems.ts';
import { readAddress, readHeaders } from './read-address.ts';
import { readBody, type BodyResult } from './read-body.ts';

export interface IngressLimits {
  /** Requests in hand at once; more are refused with 503. */
  readonly requests: number;
  /** Bodies in memory together. */
  readonly bodyBytes: number;
  /** Time for a body to arrive. */
  readonly bodyMs: number;
}

export const INGRESS_LIMITS: IngressLimits = { requests: 2_000, bodyBytes: 134_217_728, bodyMs: 30_000 };

/** Webhook addresses on a plain `node:http` server: nothing stands between the socket and the engine. */
export interface Ingress {
  /**
   * Answers a request whose path begins with `/hooks/`. `awaitsContinue`: it came as `checkContinue`, so nothing is to
   * be sent by the caller before we say so. Never throws.
   */
  handle(request: IncomingMessage, response: ServerResponse, options?: { readonly awaitsContinue?: boolean }): void;
  /** Refuses everything from now on with 503 and closes the connections it came on. */
  refuseAll(): void;
}

export function createIngress(parts: {
  readonly engine: Pick<Engine, 'route'>;
  readonly ids: IdSource;
  /** Told when a request failed for a reason that is ours. */
  readonly onError: (error: unknown, requestId: string) => void;
  readonly limits?: Partial<IngressLimits>;
  /** Why everything is refused just now; asked before anything of a request is read. */
  readonly hold?: () => Problem | undefined;
}): Ingress {
  const { engine, ids, onError } = parts;
  const limits = { ...INGRESS_LIMITS, ...parts.limits };
  const budget = createByteBudget(limits.bodyBytes);
  let inHand = 0;
  let refusing = false;

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    o: { readonly requestId: string; readonly awaitsContinue: boolean },
  ): Promise<void> => {
    const { requestId } = o;
    const method = request.method ?? 'GET';
    const address = readAddress(request.url ?? '/');
    if (!address.ok) return answerProblem(request, response, { problem: ingressProblems.addressInvalid, requestId });
    const found = engine.route({ pipelineName: address.pipelineName, path: address.path, method });
    if (!found.ok) {
      return answerProblem(request, response, {
        problem: found.problem,
        requestId,
        ...(found.allow === undefined ? {} : { allow: found.allow }),
      });
    }
    if (isEncoded(request))
      return answerProblem(request, response, { problem: ingressProblems.encodingUnsupported, requestId });

    const read = await receiveBody(request, response, { route: found.route, awaitsContinue: o.awaitsContinue });
    if (!read.ok) {
      return answerProblem(request, response, {
        problem: bodyProblem(read.reason, found.route),
        requestId,
        close: read.reason === 'too-slow' || read.reason === 'aborted',
      });
    }
    try {
      const answer = await found.route.receive({
        method,
        path: address.path,
        query: address.query,
        headers: readHeaders(request),
        body: read.body,
      });
      // The sender may have gone meanwhile; what was accepted stays accepted.
      if (response.destroyed) return;
      if (answer.ok) answerAccepted(response, answer, requestId);
      else answerProblem(request, response, { problem: answer.problem, requestId });
    } finally {
      budget.giveBack(read.heldBytes);
    }
  };

  const receiveBody = (
    request: IncomingMessage,
    response: ServerResponse,
    o: { readonly route: IngressRoute; readonly awaitsContinue: boolean },
  ): Promise<BodyResult> => {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (o.awaitsContinue && announced <= o.route.bodyLimitBytes) response.writeContinue();
    return readBody(request, { limitBytes: o.route.bodyLimitBytes, timeoutMs: limits.bodyMs, budget });
  };

  return {
    handle(request, response, options) {
      const requestId = ids.next();
      if (refusing)
        return answerProblem(request, response, { problem: ingressProblems.stopping, requestId, close: true });
      const held = parts.hold?.();
      if (held !== undefined) return answerProblem(request, response, { problem: held, requestId });
      if (inHand >= limits.requests)
        return answerProblem(request, response, { problem: ingressProblems.tooManyRequests, requestId });
      inHand += 1;
      serve(request, response, { requestId, awaitsContinue: options?.awaitsContinue ?? false })
        .catch((error: unknown) => {
          onError(error, requestId);
          answerProblem(request, response, { problem: ingressProblems.failed, requestId, close: true });
        })
        .finally(() => {
          inHand -= 1;
        });
    },
    refuseAll() {
      refusing = true;
    },
  };
}

function isEncoded(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding'];
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity';
}

function bodyProblem(reason: Extract<BodyResult, { ok: false }>['reason'], route: IngressRoute) {
  switch (reason) {
    case 'too-large':
      return bodyTooLarge(route.bodyLimitBytes);
    case 'too-slow':
      return ingressProblems.bodyTooSlow;
    case 'aborted':
      return ingressProblems.bodyAborted;
    case 'no-room':
      return ingressProblems.tooManyRequests;
  }
}
