import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { computeHmac } from './compute-hmac.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { bytesOfBase64 } from './signature-bytes.ts';
import { onlyHeader, type SignatureCheck } from './signature-check.ts';

/** A key of the scheme: shared (`v1`) or public (`v1a`). */
type Key =
  | { readonly version: 'v1'; readonly bytes: Uint8Array }
  | { readonly version: 'v1a'; readonly bytes: Uint8Array };

const PUBLIC_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;
/** A header with more is no rotation of keys but an attempt to make us compute. */
const SIGNATURES_MAX = 8;
const ID_LENGTH_MAX = 256;

export type KeyReading = { readonly ok: true; readonly key: Key } | { readonly ok: false; readonly message: string };

/** Reads `whsec_...`, bare base64 (both shared) or `whpk_...` (public). */
export function readStandardWebhooksKey(secret: string): KeyReading {
  if (secret.startsWith('whsk_')) {
    return { ok: false, message: 'is the key to sign with; the public one, whpk_..., is needed here' };
  }
  const isPublic = secret.startsWith('whpk_');
  const bytes = bytesOfBase64(secret.replace(/^(whsec|whpk)_/, ''));
  if (bytes === undefined) return { ok: false, message: 'is not base64 after whsec_ or whpk_' };
  if (!isPublic) return { ok: true, key: { version: 'v1', bytes } };
  if (bytes.length !== PUBLIC_KEY_BYTES)
    return { ok: false, message: `holds ${bytes.length} bytes instead of ${PUBLIC_KEY_BYTES}` };
  return { ok: true, key: { version: 'v1a', bytes } };
}

/**
 * Standard Webhooks 1.0: `{id}.{timestamp}.{body}` signed with HMAC-SHA256 (`v1`) or Ed25519 (`v1a`), several signatures
 * side by side while keys change. Too old and too new are both refused.
 */
export function checkStandardWebhooks(keys: readonly Key[], toleranceMs: number, hmac = computeHmac): SignatureCheck {
  return (request, now) => {
    const id = onlyHeader(request, 'webhook-id');
    const timestamp = onlyHeader(request, 'webhook-timestamp');
    const signatures = onlyHeader(request, 'webhook-signature');
    if (id === undefined || timestamp === undefined || signatures === undefined) return false;
    // A dot in the id would let the border between id, time and body be moved under one signature.
    if (id.includes('.') || id.length > ID_LENGTH_MAX || !/^\d{1,12}$/.test(timestamp)) return false;
    if (Math.abs(now - Number(timestamp) * 1_000) > toleranceMs) return false;

    const signed = concatBytes(utf8ToBytes(`${id}.${timestamp}.`), request.body);
    const expected = keys.map((key) => (key.version === 'v1' ? hmac('sha256', key.bytes, signed) : undefined));
    return signatures
      .split(' ')
      .slice(0, SIGNATURES_MAX)
      .some((entry) => {
        const comma = entry.indexOf(',');
        const version = entry.slice(0, Math.max(0, comma));
        const signature = bytesOfBase64(entry.slice(comma + 1));
        if (signature === undefined) return false;
        return keys.some((key, index) => {
          if (key.version !== version) return false;
          const mac = expected[index];
          return mac === undefined ? verifyEd25519(signature, signed, key.bytes) : constantTimeEqual(signature, mac);
        });
      });
  };
}

function verifyEd25519(signature: Uint8Array, signed: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
  // By RFC 8032 to the letter: without it several encodings of one point are accepted.
  return ed25519.verify(signature, signed, publicKey, { zip215: false });
}
