import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolderError } from './start-errors.ts';

/** Makes the data folder if need be and proves that it can be written. @throws DataFolderError. */
export async function openDataFolder(dataDir: string): Promise<void> {
  try {
    // Messages and secrets are nobody else's business.
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const probe = join(dataDir, `.writable-${randomUUID()}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(`The data folder ${dataDir} cannot be written: ${reason}. Change its permissions, or choose another with SLUICE_DATA_DIR.`, { cause: error });
  }
}
