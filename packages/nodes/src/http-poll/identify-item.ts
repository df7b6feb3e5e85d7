import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Json } from '@sluice/engine';

const ID_LENGTH_MAX = 200;

/**
 * What an item is called. With an id: the id, together with the cursor value or token under which it came, because a
 * record that changes comes again and is then another message. Without one: its content.
 */
export function identifyItem(item: {
  readonly payload: Json;
  readonly id: string | undefined;
  readonly under: string | number | null;
}): { readonly identity: string; readonly fingerprint: string } {
  const { payload, id, under } = item;
  const full = id === undefined ? `content ${canonicalJson(payload)}` : `id ${id}@${under ?? ''}`;
  const digest = bytesToHex(sha256(utf8ToBytes(full)));
  const identity = id === undefined || id.length > ID_LENGTH_MAX ? digest.slice(0, 32) : `${id}@${under ?? ''}`;
  return { identity, fingerprint: digest.slice(0, 16) };
}

/** The same text for the same value, whatever the order of its fields. */
function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
