import { computeHmac } from './compute-hmac.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { bytesOfHex } from './signature-bytes.ts';
import { onlyHeader, type SignatureCheck } from './signature-check.ts';

const PREFIX = 'sha256=';

/** GitHub: HMAC-SHA256 of the body in `X-Hub-Signature-256`. It signs no time; repeats are told by the delivery id. */
export function checkGithub(keys: readonly Uint8Array[], hmac = computeHmac): SignatureCheck {
  return (request) => {
    const header = onlyHeader(request, 'x-hub-signature-256');
    if (header === undefined || !header.startsWith(PREFIX)) return false;
    const signature = bytesOfHex(header.slice(PREFIX.length));
    if (signature === undefined) return false;
    return keys.some((key) => constantTimeEqual(signature, hmac('sha256', key, request.body)));
  };
}
