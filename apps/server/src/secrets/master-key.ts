import { createHash, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key that seals secrets, and a short name of it that may be shown. */
export interface MasterKey {
  readonly bytes: Uint8Array;
  /** 8 bytes; equal for equal keys, useless for finding the key. */
  readonly id: Uint8Array;
}

const KEY_BYTES = 32;
const KEY_FILE = 'secret-key';

/** The key file of the data folder cannot be used. */
class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
  readonly code = 'secret-key-unusable';
}

/** A key of 32 bytes as base64 or hex is taken as it is; any other text is stretched into one. */
export function masterKeyFromText(text: string): MasterKey {
  const plain = decode(text);
  if (plain !== undefined) return keyFrom(plain);
  // A constant salt: there is one key per installation, and it must come out the same at every start.
  return keyFrom(scryptSync(text, 'sluice-master-key-v1', KEY_BYTES, { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 }));
}

/** The key in the data folder, made on the first start and readable by its owner alone. */
export async function masterKeyFromFile(dataDir: string): Promise<MasterKey> {
  const file = join(dataDir, KEY_FILE);
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new MasterKeyError(`The key of the secrets in ${file} cannot be read.`, { cause: error });
  });
  if (found === undefined) {
    await writeNewKey(file);
    return masterKeyFromFile(dataDir);
  }
  const bytes = decode(found.trim());
  if (bytes === undefined)
    throw new MasterKeyError(
      `${file} does not hold a key of 32 bytes in base64. Restore it from a backup, or remove it and enter all secrets again.`,
    );
  if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  return keyFrom(bytes);
}

/** Linked into place, so that the file is whole or absent, and of two makers one wins. */
async function writeNewKey(file: string): Promise<void> {
  const draft = `${file}.new-${randomUUID()}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

function decode(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

function keyFrom(bytes: Uint8Array): MasterKey {
  return { bytes, id: createHash('sha256').update('sluice-key-id').update(bytes).digest().subarray(0, 8) };
}
