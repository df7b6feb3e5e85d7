import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataFolderError } from './start-errors.ts';

/** Makes the data folder if need be and proves that it can be written. @throws DataFolderError. */
export async function openDataFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
    const probe = join(dataDir, `.writable-${randomUUID()}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(
      `The data folder ${dataDir} cannot be written: ${reason}. Change its permissions, or choose another with SLUICE_DATA_DIR.`,
      { cause: error },
    );
  }
}

/** Level by level: Node's recursive `mkdir` never comes back where the system says that there is no such folder, as under /proc. */
async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const parent = dirname(path);
  if (found === undefined && parent !== path) await makeFolder(parent);
  // Messages and secrets are nobody else's business.
  await mkdir(path, { mode: 0o700 });
}
