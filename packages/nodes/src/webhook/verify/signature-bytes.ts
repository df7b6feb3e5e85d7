import { hexToBytes } from '@noble/hashes/utils.js';

/** Longest signature in use: HMAC-SHA512 in hex. */
const TEXT_LENGTH_MAX = 256;

/** Bytes of a signature or key in standard base64, padding included; `undefined` for anything else. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > TEXT_LENGTH_MAX) return undefined;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Bytes of a signature in hex of either case; `undefined` for anything else. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > TEXT_LENGTH_MAX || text.length % 2 !== 0) return undefined;
  return /^[0-9A-Fa-f]+$/.test(text) ? hexToBytes(text.toLowerCase()) : undefined;
}
