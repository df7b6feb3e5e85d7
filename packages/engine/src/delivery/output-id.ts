import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { DigestConnector } from '../ports/connectors.ts';

/**
 * Id of an output: a pure function of the input's id, the node's port and the index (or the identity that the source
 * gives), so that a redelivery produces the same ids. The first 128 bits of SHA-256 in hex, whoever computes them.
 */
export function outputId(inputId: string, port: string, index: number | string, digests?: DigestConnector): string {
  const text = `${inputId}\n${port}\n${index}`;
  return (digests?.sha256(text) ?? bytesToHex(sha256(utf8ToBytes(text)))).slice(0, 32);
}

/** Partition of a key: FNV-1a (32 bit, over UTF-16 code units) modulo the number of partitions. Never changes: order depends on it. */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
