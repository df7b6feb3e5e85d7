import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { MasterKey } from './master-key.ts';

/*
 * A sealed secret, AES-256-GCM:
 *
 *   0      1         9            13       25             end-16
 *   format key id    version      nonce    ciphertext     tag
 *   1      8         4 big-endian 12       any            16
 *
 * The name and everything before the nonce are authenticated with it, so a value cannot be moved to another name, and an
 * older value of the same name cannot pass as a newer one.
 */
const FORMAT = 1;
const HEAD_BYTES = 13;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SHORTEST = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

export type OpenResult =
  | { readonly ok: true; readonly value: string }
  /** Sealed under a key other than ours; `keyId` is the other one's. */
  | { readonly ok: false; readonly reason: 'other-key'; readonly keyId: string }
  /** Changed since it was sealed, or never sealed under this name. */
  | { readonly ok: false; readonly reason: 'damaged' };

/** `version` counts the values of this name. */
export function sealSecret(
  secret: { readonly name: string; readonly value: string; readonly version: number },
  key: MasterKey,
): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(FORMAT, 0);
  head.set(key.id, 1);
  head.writeUInt32BE(secret.version, 9);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(secret.name, head));
  const text = Buffer.concat([cipher.update(secret.value, 'utf8'), cipher.final()]);
  return Buffer.concat([head, nonce, text, cipher.getAuthTag()]);
}

export function openSecret(name: string, sealedBytes: Uint8Array, key: MasterKey): OpenResult {
  const sealed = Buffer.from(sealedBytes);
  if (sealed.length < SHORTEST || sealed[0] !== FORMAT) return { ok: false, reason: 'damaged' };
  const head = sealed.subarray(0, HEAD_BYTES);
  if (!head.subarray(1, 9).equals(key.id)) return { ok: false, reason: 'other-key', keyId: head.toString('hex', 1, 9) };
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(name, head));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([
      decipher.update(sealed.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return { ok: true, value: text.toString('utf8') };
  } catch {
    // `final` throws exactly when the tag does not match.
    return { ok: false, reason: 'damaged' };
  }
}

/** Version of a sealed value, for counting on from it; 0 when it is none. */
export function sealedVersion(sealed: Uint8Array): number {
  return sealed.length < SHORTEST ? 0 : Buffer.from(sealed).readUInt32BE(9);
}

function associatedData(name: string, head: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`sluice-secret\0${name}\0`, 'utf8'), head]);
}
