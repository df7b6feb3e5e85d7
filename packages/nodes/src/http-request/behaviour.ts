import { type HttpAnswer, type Json, type Message, type NodeBehaviour } from '@sluice/engine';
import { outgoingHeaders } from '../http/outgoing-headers.ts';
import { refusal } from '../http/refusal.ts';
import { outgoingTraceParent } from '../http/trace-parent.ts';
import { withoutSecrets } from '../http/without-secrets.ts';
import { parseJson } from '../json/parse-json.ts';
import { MESSAGE_VARIABLES, messageScope } from '../prepare/message-scope.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { httpRequestConfig, httpRequestDefinition } from './definition.ts';

/** Methods whose body has a meaning; the others send one only when an expression makes it. */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

interface Body {
  readonly text: string;
  readonly contentType: string;
}

/** Calls a target once per message and try, and hands its answer on. */
export const httpRequestBehaviour: NodeBehaviour = {
  type: httpRequestDefinition.type,
  async prepare(context) {
    const config = readConfig(httpRequestConfig, context);
    const { headers, secrets } = await outgoingHeaders(config.headers, context.connectors.secrets);
    const bodyExpression = await prepareOptionalExpression(context.connectors, 'body', config.body, MESSAGE_VARIABLES);
    const succeeded = (status: number) =>
      config.successStatus === undefined ? status >= 200 && status < 300 : config.successStatus.includes(status);

    return {
      kind: 'work',
      async work(message, workContext) {
        let body: Body | undefined;
        if (bodyExpression !== undefined) {
          body = bodyOf(await bodyExpression.evaluate(message.payload, messageScope(message, workContext)));
        } else if (METHODS_WITH_BODY.has(config.method)) {
          body = bodyOf(message.payload);
        }

        let answer: HttpAnswer;
        try {
          answer = await context.connectors.http.call({
            method: config.method,
            url: config.url,
            headers: {
              ...(body === undefined ? {} : { 'content-type': body.contentType }),
              ...headers,
              ...addedHeaders(message),
            },
            ...(body === undefined ? {} : { body: body.text }),
            timeoutMs: workContext.timeoutMs,
            signal: workContext.signal,
          });
        } catch (error) {
          throw withoutSecrets(error, secrets);
        }
        if (!succeeded(answer.status)) throw refusal(answer, { now: workContext.now(), secrets });
        return { outputs: [{ payload: { status: answer.status, body: payloadOf(answer) } }] };
      },
    };
  },
};

function bodyOf(value: Json | undefined): Body | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return { text: value, contentType: 'text/plain; charset=utf-8' };
  return { text: JSON.stringify(value), contentType: 'application/json' };
}

function addedHeaders(message: Message): Record<string, string> {
  const traceparent = outgoingTraceParent(message);
  return {
    // A structured field: the quotes belong to it.
    'idempotency-key': `"${message.id}"`,
    'x-sluice-attempt': String(message.attempt),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** JSON where the target says that it is and it is whole; else its text. */
function payloadOf(answer: HttpAnswer): Json {
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(answer.headers['content-type'] ?? '');
  if (!isJson || answer.truncated) return answer.body;
  const parsed = parseJson(answer.body);
  return parsed.ok ? parsed.value : answer.body;
}
