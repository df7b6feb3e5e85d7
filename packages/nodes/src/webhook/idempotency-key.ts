import type { IngressRequest, Json } from '@sluice/engine';
import type { SignatureScheme } from './definition.ts';
import { onlyHeader } from './verify/signature-check.ts';

const KEY_LENGTH_MAX = 500;

/** A structured-field string (RFC 9651): printable ASCII in quotes, with `\"` and `\\`; parameters may follow. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\s*(;.*)?$/;
/** What most clients send instead. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/;

export type HeaderKey = { readonly ok: true; readonly key: string | undefined } | { readonly ok: false };

/** Reads a header that holds an idempotency key. Absent is no key; there but unreadable, or there twice, is a fault. */
export function idempotencyKeyOf(request: IngressRequest, header: string): HeaderKey {
  const value = request.headers[header];
  if (value === undefined) return { ok: true, key: undefined };
  const text = onlyHeader(request, header)?.trim();
  if (text === undefined) return { ok: false };
  const quoted = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? (BARE.test(text) ? text : undefined);
  return key === undefined || key === '' || key.length > KEY_LENGTH_MAX ? { ok: false } : { ok: true, key };
}

/** Where the key stands when the config does not say. */
export function defaultKeySource(scheme: SignatureScheme): { readonly header: string } | { readonly field: string } {
  switch (scheme) {
    case 'standard-webhooks':
      return { header: 'webhook-id' };
    case 'github':
      return { header: 'x-github-delivery' };
    case 'stripe':
      return { field: 'id' };
    case 'hmac':
    case 'none':
      return { header: 'idempotency-key' };
  }
}

/** A field of the payload as a key, when it is a text. */
export function fieldKey(payload: Json, field: string): string | undefined {
  if (typeof payload !== 'object' || payload === null || !(field in payload)) return undefined;
  const value = (payload as Readonly<Record<string, Json>>)[field];
  return typeof value === 'string' && value !== '' && value.length <= KEY_LENGTH_MAX ? value : undefined;
}
