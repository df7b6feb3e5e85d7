import type { IncomingHttpHeaders } from 'node:http';
import { type HttpAnswer, type HttpCall, type HttpConnector, WorkError } from '@sluice/engine';
import { Agent, type Dispatcher } from 'undici';
import { blocked, brokenAnswer, cancelled, invalidCall, timedOut, unreachable } from './call-failure.ts';
import { createCheckedConnector, lookupAll, type Lookup } from './checked-connector.ts';
import { createEgressRules, type EgressPolicy, plainHost } from './egress-policy.ts';
import { isOpenToPipelines, type OwnListener } from './own-listener.ts';
import { ACCEPTED_ENCODINGS, readAnswerBody } from './read-answer.ts';

export interface EgressLimits {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Until the head of the answer has come, connection included. */
  readonly headersMs: number;
  /** Until the answer is complete. A call's own time limit holds where it is shorter. */
  readonly totalMs: number;
  /** Kept of a body, unless the call says otherwise. */
  readonly bodyBytes: number;
  /** Connections to one target at once; further calls wait for one. */
  readonly connectionsPerTarget: number;
  /** Targets with an open connection. */
  readonly targets: number;
}

const EGRESS_LIMITS: EgressLimits = {
  connectMs: 5_000,
  headersMs: 30_000,
  totalMs: 120_000,
  bodyBytes: 65_536,
  connectionsPerTarget: 64,
  targets: 500,
};

/** Above this not even a poll may go: an answer is held in memory as a whole. */
const BODY_BYTES_MAX = 16_777_216;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Headers that belong to the connection, not to the call. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface EgressGateway extends HttpConnector {
  /** Ends all connections; calls under way fail as given up. Calling it again waits for the first call. */
  close(): Promise<void>;
}

/**
 * The only way out to the network. Every address is judged twice: as a text before anything is looked up, and as the
 * addresses that its name stands for at the moment of connection. Redirects are answers like any other; no setting of
 * the environment routes calls through a proxy. The own listener takes calls to webhooks only.
 *
 * Throws `EgressPolicyError` when the policy's list cannot be read.
 */
export function createEgressGateway(options: {
  readonly policy: EgressPolicy;
  readonly limits?: Partial<EgressLimits>;
  /** In place of the system's resolver. */
  readonly lookup?: Lookup;
  /** Where this process itself takes requests; absent when it takes none. */
  readonly own?: OwnListener;
}): EgressGateway {
  const limits = { ...EGRESS_LIMITS, ...options.limits };
  const rules = createEgressRules(options.policy);
  const createAgent = (own: OwnListener | undefined): Agent =>
    new Agent({
      connect: createCheckedConnector({
        rules,
        lookup: options.lookup ?? lookupAll,
        connectTimeoutMs: limits.connectMs,
        own,
      }),
      connections: limits.connectionsPerTarget,
      maxOrigins: limits.targets,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      keepAliveMaxTimeout: 60_000,
      // Our own clock runs over each phase.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  const agent = createAgent(options.own);
  // Connections of its own, so that none that was opened to call a webhook ever carries another call.
  const hooksAgent = options.own === undefined ? agent : createAgent(undefined);
  let closing: Promise<void> | undefined;

  return {
    async call(call) {
      if (closing !== undefined) throw cancelled();
      const url = readUrl(call.url);
      const host = plainHost(url);
      const verdict = rules.judgeUrl(url);
      if (!verdict.ok) throw blocked(host, verdict.reason);
      const request = buildRequest(call, url);

      const watch = createCallWatch(call, host, limits);
      try {
        const response = await (isOpenToPipelines(url) ? hooksAgent : agent).request({
          ...request,
          signal: watch.signal,
        });
        watch.headersCame();
        return await readAnswer(response, Math.min(call.maxBodyBytes ?? limits.bodyBytes, BODY_BYTES_MAX)).catch(
          (error: unknown) => {
            throw brokenAnswer(host, error);
          },
        );
      } catch (error) {
        throw failureOf(error, { watch, host, connectMs: limits.connectMs });
      } finally {
        watch.end();
      }
    },

    close() {
      closing ??= Promise.all([agent, hooksAgent].map((one) => one.destroy(cancelled()))).then(() => undefined);
      return closing;
    },
  };
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalidCall('its address cannot be read');
  return new URL(text);
}

function buildRequest(call: HttpCall, url: URL): Dispatcher.RequestOptions {
  const method = call.method.toUpperCase();
  if (!METHODS.has(method)) throw invalidCall(`there is no method ${call.method}`);
  const headers: Record<string, string> = { 'user-agent': 'sluice', 'accept-encoding': ACCEPTED_ENCODINGS };
  for (const [name, value] of Object.entries(call.headers)) {
    const lower = name.toLowerCase();
    if (CONNECTION_HEADERS.has(lower)) throw invalidCall(`the header ${name} belongs to the connection`);
    headers[lower] = value;
  }
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers,
    ...(call.body === undefined ? {} : { body: call.body }),
  };
}

/** Watches over the time of one call, and over whether anybody still waits for it. */
interface CallWatch {
  readonly signal: AbortSignal;
  /** Why the call was aborted; `undefined` while it was not. */
  readonly reason: WorkError | undefined;
  headersCame(): void;
  end(): void;
}

function createCallWatch(call: HttpCall, host: string, limits: EgressLimits): CallWatch {
  const controller = new AbortController();
  let reason: WorkError | undefined;
  const abort = (failure: WorkError): void => {
    reason ??= failure;
    controller.abort(failure);
  };
  const totalMs = Math.max(1, Math.min(call.timeoutMs, limits.totalMs));
  const total = setTimeout(() => abort(timedOut(host, 'in all', totalMs)), totalMs);
  const headers =
    limits.headersMs < totalMs
      ? setTimeout(() => abort(timedOut(host, 'to begin its answer', limits.headersMs)), limits.headersMs)
      : undefined;
  const stopListening = call.signal.onCancel(() => abort(cancelled()));
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    headersCame: () => clearTimeout(headers),
    end() {
      clearTimeout(total);
      clearTimeout(headers);
      stopListening();
    },
  };
}

async function readAnswer(response: Dispatcher.ResponseData, maxBytes: number): Promise<HttpAnswer> {
  const headers = joinHeaders(response.headers);
  const { text, truncated } = await readAnswerBody(response.body, {
    encoding: headers['content-encoding'] ?? '',
    contentType: headers['content-type'] ?? '',
    maxBytes,
  });
  return { status: response.statusCode, headers, body: text, truncated };
}

function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

function failureOf(
  error: unknown,
  context: { readonly watch: CallWatch; readonly host: string; readonly connectMs: number },
): WorkError {
  const { watch, host } = context;
  if (watch.reason !== undefined) return watch.reason;
  if (error instanceof WorkError) return error;
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timedOut(host, 'to be reached', context.connectMs);
  if (code === 'UND_ERR_INVALID_ARG')
    return invalidCall('a header or its address holds characters that cannot be sent');
  return unreachable(host, error);
}
