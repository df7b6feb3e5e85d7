import type { IngressRequest } from '@sluice/engine';

/** Headers that say something about the message. What authenticates a request is never among them. */
const KEPT = new Set([
  'content-type',
  'idempotency-key',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'x-correlation-id',
  'x-event-key',
  'x-github-delivery',
  'x-github-event',
  'x-github-hook-id',
  'x-gitlab-event',
  'x-request-id',
  'x-shopify-event-id',
  'x-shopify-shop-domain',
  'x-shopify-topic',
]);
/** CloudEvents attributes. */
const KEPT_PREFIX = 'ce-';

const VALUE_LENGTH_MAX = 1_000;
const COUNT_MAX = 40;

/** The headers that stay on the message, names in lower case. */
export function keptHeaders(request: IngressRequest): Record<string, string> {
  const kept: Record<string, string> = {};
  let count = 0;
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value !== 'string' || count >= COUNT_MAX) continue;
    if (!KEPT.has(name) && !name.startsWith(KEPT_PREFIX)) continue;
    kept[name] = value.slice(0, VALUE_LENGTH_MAX);
    count += 1;
  }
  return kept;
}
