import type { Environment } from './environment.ts';
import { expiryKey, idempotencyKey, readU48, timeInKey } from './keys.ts';
import type { WriteBatch } from './write-batch.ts';

export interface Remembered {
  /** ms since 1970. */
  readonly expiresAt: number;
  readonly messageId: string;
}

/** What is on disk under the hash of a scope and key, expired or not. */
export function storedKey(environment: Environment, name: Uint8Array): Remembered | undefined {
  const text = environment.index.get(idempotencyKey(name));
  return text === undefined ? undefined : (JSON.parse(text) as Remembered); // written by `rememberKey`
}

/** The message under a key as this batch sees it, if the key has not expired. The commits of one batch reach the disk together. */
export function knownKey(batch: WriteBatch, name: Buffer, now: number): Remembered | undefined {
  const known = batch.remembered.get(name.toString('latin1')) ?? storedKey(batch.environment, name);
  return known !== undefined && known.expiresAt > now ? known : undefined;
}

export function rememberKey(batch: WriteBatch, name: Buffer, remembered: Remembered): void {
  const text = name.toString('latin1');
  const before = batch.remembered.get(text) ?? storedKey(batch.environment, name);
  if (before !== undefined) batch.removeIndex(expiryKey(before.expiresAt, name));
  batch.remembered.set(text, remembered);
  batch.putIndex(idempotencyKey(name), JSON.stringify(remembered));
  batch.putIndex(expiryKey(remembered.expiresAt, name), '-');
}

/** Must be alone in its batch: it reads what `rememberKey` writes. */
export function forgetExpiredKeys(batch: WriteBatch, limits: { readonly max: number; readonly now: number }): number {
  const { index } = batch.environment;
  const nothing = Buffer.alloc(16);
  let forgotten = 0;
  for (const key of index.getKeys({
    start: expiryKey(0, nothing),
    end: expiryKey(timeInKey(limits.now) + 1, nothing),
    limit: limits.max,
  })) {
    if (readU48(key, 1) > limits.now) break;
    batch.removeIndex(key);
    batch.removeIndex(idempotencyKey(key.subarray(7)));
    forgotten += 1;
  }
  return forgotten;
}
