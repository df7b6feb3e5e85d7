import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { computeHmac } from './compute-hmac.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { bytesOfHex } from './signature-bytes.ts';
import { onlyHeader, type SignatureCheck } from './signature-check.ts';

const PARTS_MAX = 20;

/**
 * Stripe: `t=<seconds>,v1=<hex>` in `Stripe-Signature`, HMAC-SHA256 of `{t}.{body}`. The key is the whole secret as
 * text. Like Stripe's own library it refuses what is too old, and never leaves that out; other schemes than v1 are not
 * looked at.
 */
export function checkStripe(keys: readonly Uint8Array[], toleranceMs: number, hmac = computeHmac): SignatureCheck {
  return (request, now) => {
    const header = onlyHeader(request, 'stripe-signature');
    if (header === undefined) return false;
    const parts = header.split(',').map((part) => part.trim());
    if (parts.length > PARTS_MAX) return false;
    const valuesOf = (name: string) =>
      parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));

    const [timestamp, ...further] = valuesOf('t');
    if (timestamp === undefined || further.length > 0 || !/^\d{1,12}$/.test(timestamp)) return false;
    if (now - Number(timestamp) * 1_000 > toleranceMs) return false;

    const signed = concatBytes(utf8ToBytes(`${timestamp}.`), request.body);
    const expected = keys.map((key) => hmac('sha256', key, signed));
    return valuesOf('v1').some((text) => {
      const signature = bytesOfHex(text);
      return signature !== undefined && expected.some((mac) => constantTimeEqual(signature, mac));
    });
  };
}
