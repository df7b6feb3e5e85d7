import {
  type IngressRequest,
  type Json,
  type NodeBehaviour,
  type Output,
  type Problem,
  type Received,
  WorkError,
} from '@sluice/engine';
import { durationMs } from '@sluice/pipeline';
import { createSeededRandom } from '../expression/seeded-random.ts';
import { parseTraceParent } from '../http/trace-parent.ts';
import { isRefusedKey } from '../json/parse-json.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { toKey } from '../prepare/to-key.ts';
import { type SignatureScheme, webhookConfig, webhookDefinition } from './definition.ts';
import { defaultKeySource, fieldKey, idempotencyKeyOf } from './idempotency-key.ts';
import { keptHeaders } from './kept-headers.ts';
import { prepareSignatureCheck } from './prepare-signature-check.ts';
import { readBody } from './read-body.ts';

/** Senders with a scheme of their own go on trying for about three days; the rest is not known. */
const WINDOW: Readonly<Record<SignatureScheme, string>> = {
  'standard-webhooks': '4d',
  github: '4d',
  stripe: '4d',
  hmac: '1d',
  none: '1d',
};

const SIGNATURE_INVALID: Problem = {
  status: 401,
  code: 'signature-invalid',
  title: 'The signature is not valid',
  detail: 'The request was not signed as this address expects, or too long ago.',
};

/**
 * Receives requests: verifies, then reads, then finds the keys. Nothing is parsed before its signature has been checked
 * over the raw bytes.
 *
 * The caller's trace goes on where a signature shows who he is. Otherwise anybody could write into our traces, so a new
 * one is begun and the caller's is kept as the header `caller-traceparent`.
 */
export const webhookBehaviour: NodeBehaviour = {
  type: webhookDefinition.type,
  async prepare(context) {
    const config = readConfig(webhookConfig, context);
    const scheme = config.verify?.scheme ?? 'none';
    const isSigned = await prepareSignatureCheck(config.verify, context.connectors);
    const variables = ['headers'];
    const idempotencyExpression = await prepareOptionalExpression(
      context.connectors,
      'idempotencyKey',
      config.idempotencyKey,
      variables,
    );
    const keyExpression = await prepareOptionalExpression(context.connectors, 'key', config.key, variables);
    const windowMs = durationMs(config.idempotencyWindow ?? WINDOW[scheme]);

    /** The idempotency key of a request, or why it must be refused. */
    const findIdempotencyKey = async (
      request: IngressRequest,
      payload: Json,
      evaluate: (expression: NonNullable<typeof idempotencyExpression>) => Promise<Json | undefined>,
    ): Promise<
      { readonly ok: true; readonly key: string | undefined } | { readonly ok: false; readonly problem: Problem }
    > => {
      if (idempotencyExpression !== undefined) {
        const key = toKey('idempotencyKey', await evaluate(idempotencyExpression));
        if (key === undefined || key === '') {
          return {
            ok: false,
            problem: keyMissing('The expression for the idempotency key gives nothing for this payload.'),
          };
        }
        return { ok: true, key };
      }
      const source =
        config.idempotencyHeader === undefined
          ? defaultKeySource(scheme)
          : { header: config.idempotencyHeader.toLowerCase() };
      if ('field' in source) return { ok: true, key: fieldKey(payload, source.field) };
      const found = idempotencyKeyOf(request, source.header);
      if (!found.ok)
        return { ok: false, problem: keyMissing(`The header ${source.header} cannot be read as one key.`) };
      if (found.key === undefined && config.idempotencyHeader !== undefined) {
        return { ok: false, problem: keyMissing(`The header ${source.header} is missing.`) };
      }
      return { ok: true, key: found.key };
    };

    return {
      kind: 'push-source',
      path: config.path,
      methods: config.methods,
      bodyLimitBytes: config.bodyLimit,

      async receive(request, { now }): Promise<Received> {
        if (isSigned !== undefined && !isSigned(request, now())) return { kind: 'refuse', problem: SIGNATURE_INVALID };

        const body = readBody(request);
        if (!body.ok) return { kind: 'refuse', problem: body.problem };
        // A query is never signed, so it is a payload only where nothing is.
        const query = Object.entries(request.query).filter(([name]) => !isRefusedKey(name));
        const takesQuery = body.payload === null && isSigned === undefined && query.length > 0;
        const payload = takesQuery ? Object.fromEntries(query) : body.payload;

        const headers = keptHeaders(request);
        if (body.encoding !== undefined) headers['payload-encoding'] = body.encoding;
        if (config.methods.length > 1) headers['request-method'] = request.method;
        const traceparent = callersTrace(request);
        if (traceparent !== undefined && isSigned === undefined) headers['caller-traceparent'] = traceparent;

        const scope = { now, random: createSeededRandom(''), variables: { headers } };
        try {
          const evaluate = (expression: NonNullable<typeof keyExpression>) => expression.evaluate(payload, scope);
          const idempotency = await findIdempotencyKey(request, payload, evaluate);
          if (!idempotency.ok) return { kind: 'refuse', problem: idempotency.problem };
          const key = keyExpression === undefined ? undefined : toKey('key', await evaluate(keyExpression));
          const output: Output = { payload, headers, ...(key === undefined ? {} : { key }) };
          return {
            kind: 'accept',
            outputs: [output],
            ...(idempotency.key === undefined ? {} : { idempotency: { key: idempotency.key, windowMs } }),
            ...(traceparent === undefined || isSigned === undefined ? {} : { traceparent }),
          };
        } catch (error) {
          if (!(error instanceof WorkError)) throw error;
          return { kind: 'refuse', problem: expressionProblem(error) };
        }
      },
    };
  },
};

function callersTrace(request: IngressRequest): string | undefined {
  const header = request.headers['traceparent'];
  return typeof header === 'string' && parseTraceParent(header) !== undefined ? header : undefined;
}

function keyMissing(detail: string): Problem {
  return { status: 400, code: 'idempotency-key-missing', title: 'The idempotency key is missing', detail };
}

/** The payload does not fit the expressions of this address: the sender's fault, unless time ran out. */
function expressionProblem(error: WorkError): Problem {
  if (error.retryable) {
    return {
      status: 503,
      code: error.code,
      title: 'The payload could not be looked at in time',
      detail: error.message,
      retryAfterSeconds: 1,
    };
  }
  return {
    status: 422,
    code: error.code,
    title: 'The payload does not fit',
    detail: `The payload does not fit what this address expects: ${error.message}.`,
  };
}
