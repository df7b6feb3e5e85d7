import {
  type HttpAnswer,
  type Json,
  type NodeBehaviour,
  type Output,
  type PollContext,
  WorkError,
} from '@sluice/engine';
import { durationMs } from '@sluice/pipeline';
import type { Expression, Scope } from '../expression/compile-expression.ts';
import { createSeededRandom } from '../expression/seeded-random.ts';
import { outgoingHeaders } from '../http/outgoing-headers.ts';
import { refusal } from '../http/refusal.ts';
import { withoutSecrets } from '../http/without-secrets.ts';
import { type JsonLimits, parseJson } from '../json/parse-json.ts';
import { prepareExpression, prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { toKey } from '../prepare/to-key.ts';
import { createAdaptiveInterval } from './adaptive-interval.ts';
import { chooseItems, type CursorMove, type PolledItem } from './choose-items.ts';
import { cursorTime, earlierValue, requireTime, toCursorValue } from './cursor-value.ts';
import { type HttpPollConfig, httpPollConfig, httpPollDefinition, pollIntervals } from './definition.ts';
import { identifyItem } from './identify-item.ts';
import { type PollPosition, readPosition, SEEN_MAX, storedPosition } from './poll-position.ts';

const PAGE_BYTES_MAX = 4 * 1_024 * 1_024;
/** A page holds many messages. */
const PAGE_JSON_LIMITS: JsonLimits = { depth: 64, keys: 500_000, members: 200_000 };
/** Pollers that start together begin within this. */
const FIRST_POLL_SPREAD_MS = 5_000;

interface Expressions {
  readonly items: Expression | undefined;
  readonly id: Expression | undefined;
  readonly key: Expression | undefined;
  readonly cursor: Expression | undefined;
}

/**
 * Asks for what is new. The position is made from the data alone and is stored with the items it covers; the ids of
 * messages come from the items, so a page that is asked for twice gives the same messages, also when it has grown.
 */
export const httpPollBehaviour: NodeBehaviour = {
  type: httpPollDefinition.type,
  async prepare(context) {
    const config = readConfig(httpPollConfig, context);
    const { headers, secrets } = await outgoingHeaders(config.headers, context.connectors.secrets);
    const expressions: Expressions = {
      items: await prepareOptionalExpression(context.connectors, 'items', config.items),
      id: await prepareOptionalExpression(context.connectors, 'id', config.id),
      key: await prepareOptionalExpression(context.connectors, 'key', config.key),
      cursor:
        config.cursor === undefined
          ? undefined
          : await prepareExpression(context.connectors, 'cursor.value', config.cursor.value),
    };
    const overlapMs = config.cursor?.overlap === undefined ? 0 : durationMs(config.cursor.overlap);
    const bounds = pollIntervals(config);
    if (bounds === undefined)
      throw new WorkError('interval: cannot be read', { code: 'config-invalid', retryable: false });
    const interval = createAdaptiveInterval(bounds);
    const idBase = `${context.pipelineId}/${context.nodeId}`;

    return {
      kind: 'pull-source',
      firstPollMs: ({ random }) => Math.floor(random.next() * Math.min(FIRST_POLL_SPREAD_MS, bounds.startMs)),

      async poll(poll) {
        const position = readPosition(poll.cursor, config.cursor?.initial);
        const answer = await context.connectors.http
          .call({
            method: config.method,
            url: addressOf(config, position, overlapMs),
            headers: { accept: 'application/json', ...headers, ...validators(position) },
            timeoutMs: poll.timeoutMs,
            maxBodyBytes: PAGE_BYTES_MAX,
            signal: poll.signal,
          })
          .catch((error: unknown) => {
            throw withoutSecrets(error, secrets);
          });
        if (answer.status === 304) {
          return { outputs: [], idBase, nextPollMs: interval.next(false, poll.random) };
        }
        if (answer.status < 200 || answer.status >= 300) throw refusal(answer, { now: poll.now(), secrets });

        const page = readPage(answer);
        const scope = scopeOf(poll, idBase);
        const items = await readItems(page, { config, expressions, position, scope });
        const move = await cursorMove(page, { config, expressions, overlapMs, scope });
        const chosen = chooseItems(position, items, move);
        const after = withValidators(chosen.position, position, answer);

        const outputs: Output[] = [];
        for (const item of chosen.fresh) outputs.push(await toOutput(item, expressions.key, scope));
        const waitMs = interval.next(outputs.length > 0, poll.random);
        const stored = storedPosition(after);
        return {
          outputs,
          ...(JSON.stringify(stored) === JSON.stringify(poll.cursor) ? {} : { cursor: stored }),
          idBase,
          nextPollMs: chosen.more ? 0 : waitMs,
        };
      },
    };
  },
};

/** Expressions see the time of the poll; chance has no place in where a poller stands. */
function scopeOf(poll: PollContext, idBase: string): Scope {
  return { now: () => poll.now(), random: createSeededRandom(idBase), signal: poll.signal };
}

function addressOf(config: HttpPollConfig, position: PollPosition, overlapMs: number): string {
  if (config.cursor === undefined || position.value === null) return config.url;
  // Before the first item there is nothing to overlap with: the initial value is meant as it is written.
  const overlaps = overlapMs > 0 && position.withoutOverlap !== true && position.seen.length > 0;
  const value = overlaps ? earlierValue(position.value, overlapMs) : position.value;
  const url = new URL(config.url);
  url.searchParams.set(config.cursor.param, String(value));
  return url.href;
}

function validators({ etag, lastModified }: PollPosition): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

/** Validators belong to one address: they are kept only while the next request is the same as this one. */
function withValidators(after: PollPosition, before: PollPosition, answer: HttpAnswer): PollPosition {
  if (after.value !== before.value || after.withoutOverlap !== before.withoutOverlap) return after;
  return { ...after, etag: answer.headers['etag'], lastModified: answer.headers['last-modified'] };
}

function readPage(answer: HttpAnswer): Json {
  if (answer.truncated) {
    throw new WorkError(`The response is longer than ${PAGE_BYTES_MAX} bytes; ask for smaller pages`, {
      code: 'response-too-large',
      retryable: false,
    });
  }
  // No content is nothing new.
  if (answer.body.trim() === '') return null;
  const parsed = parseJson(answer.body, PAGE_JSON_LIMITS);
  if (parsed.ok) return parsed.value;
  // A broken page may be whole the next time; one that is refused would be refused again.
  const isBroken = parsed.reason === 'broken';
  throw new WorkError(`The response ${parsed.message}`, {
    code: isBroken ? 'response-not-json' : 'response-refused',
    retryable: isBroken,
    targetFailed: isBroken,
  });
}

async function readItems(
  page: Json,
  context: {
    readonly config: HttpPollConfig;
    readonly expressions: Expressions;
    readonly position: PollPosition;
    readonly scope: Scope;
  },
): Promise<readonly PolledItem[]> {
  const { config, expressions, position, scope } = context;
  const found = expressions.items === undefined ? page : await expressions.items.evaluate(page, scope);
  if (found === undefined || found === null) return [];
  const payloads: readonly Json[] = Array.isArray(found) ? found : [found];
  if (payloads.length > SEEN_MAX) {
    throw new WorkError(`The response holds ${payloads.length} items; ask for pages of at most ${SEEN_MAX}`, {
      code: 'response-too-large',
      retryable: false,
    });
  }

  const items: PolledItem[] = [];
  for (const payload of payloads) {
    const id = toKey('id', await expressions.id?.evaluate(payload, scope));
    if (config.cursor?.kind !== 'max') {
      items.push({ payload, ...identifyItem({ payload, id, under: position.value }) });
      continue;
    }
    const value = toCursorValue(await expressions.cursor?.evaluate(payload, scope));
    if (config.cursor.overlap !== undefined && value !== undefined) requireTime(value);
    items.push({ payload, value, ...identifyItem({ payload, id, under: value ?? null }) });
  }
  return items;
}

async function cursorMove(
  page: Json,
  context: {
    readonly config: HttpPollConfig;
    readonly expressions: Expressions;
    readonly overlapMs: number;
    readonly scope: Scope;
  },
): Promise<CursorMove> {
  const { config, expressions, overlapMs, scope } = context;
  switch (config.cursor?.kind) {
    case undefined:
      return { kind: 'none' };
    case 'max':
      return { kind: 'max', overlapMs };
    case 'token':
      return { kind: 'token', next: toCursorValue(await expressions.cursor?.evaluate(page, scope)) };
  }
}

async function toOutput(item: PolledItem, keyExpression: Expression | undefined, scope: Scope): Promise<Output> {
  const key = keyExpression === undefined ? undefined : toKey('key', await keyExpression.evaluate(item.payload, scope));
  const happenedAt = typeof item.value === 'string' ? cursorTime(item.value) : undefined;
  return {
    payload: item.payload,
    identity: item.identity,
    ...(key === undefined ? {} : { key }),
    ...(happenedAt === undefined ? {} : { eventTime: happenedAt }),
  };
}
