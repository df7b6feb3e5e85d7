import path from 'node:path';
import { open } from 'lmdb';
import { STORE_FILE } from '../injection/preload.ts';

/**
 * Copies the file of a store that a server has open, by LMDB's own copy: one read transaction, so the copy is what the
 * store was at one moment. Copying the file itself would mix moments.
 */
export async function copyStore(from: string, to: string): Promise<void> {
  const environment = open({ path: path.join(from, STORE_FILE), noSubdir: true, readOnly: true });
  try {
    await environment.backup(path.join(to, STORE_FILE), false);
  } finally {
    await environment.close();
  }
}
