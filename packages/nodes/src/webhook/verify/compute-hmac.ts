import type { DigestConnector } from '@sluice/engine';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

export type ComputeHmac = DigestConnector['hmac'];

/** In JavaScript, where the host offers nothing faster. */
export const computeHmac: ComputeHmac = (algorithm, key, data) =>
  hmac(algorithm === 'sha256' ? sha256 : sha512, key, data);
