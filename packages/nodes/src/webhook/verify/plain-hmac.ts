import { computeHmac } from './compute-hmac.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { bytesOfBase64, bytesOfHex } from './signature-bytes.ts';
import { onlyHeader, type SignatureCheck } from './signature-check.ts';

/** A bare HMAC of the body in a header: what Shopify, Linear and many others do. */
export function checkPlainHmac(
  keys: readonly Uint8Array[],
  scheme: {
    readonly header: string;
    readonly algorithm: 'sha256' | 'sha512';
    readonly encoding: 'hex' | 'base64';
    readonly prefix: string;
  },
  hmac = computeHmac,
): SignatureCheck {
  const decode = scheme.encoding === 'hex' ? bytesOfHex : bytesOfBase64;
  const name = scheme.header.toLowerCase();

  return (request) => {
    const header = onlyHeader(request, name);
    if (header === undefined || !header.startsWith(scheme.prefix)) return false;
    const signature = decode(header.slice(scheme.prefix.length));
    if (signature === undefined) return false;
    return keys.some((key) => constantTimeEqual(signature, hmac(scheme.algorithm, key, request.body)));
  };
}
