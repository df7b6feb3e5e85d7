import { createHmac, hash } from 'node:crypto';
import type { DigestConnector } from '@sluice/engine';

/** Digests by OpenSSL. */
export const nodeDigests: DigestConnector = {
  sha256: (text) => hash('sha256', text, 'hex'),
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
};
