import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataDirNotWritableError, systemCode } from './embedded-errors.ts';
import { processExists } from './postmaster-process.ts';

/**
 * ```
 * <data folder>/
 *   postgres/                 made elsewhere and renamed into place, so it is whole or absent
 *     cluster/                PostgreSQL's own
 *     password                of both roles, 0600
 *   postgres.new-<pid>-<id>/  being made by process <pid>
 * ```
 */
export interface ClusterFolder {
  readonly dataDir: string;
  /** `<data folder>/postgres` */
  readonly home: string;
  readonly cluster: string;
  readonly passwordFile: string;
}

const NEW_PREFIX = 'postgres.new-';

/**
 * Makes the data folder if need be and proves that it can be written.
 * Paths are real ones, so that two spellings of one folder lead to one server.
 * @throws DataDirNotWritableError.
 */
export async function openClusterFolder(dataDir: string): Promise<ClusterFolder> {
  const wanted = resolve(dataDir);
  try {
    await mkdir(dirname(wanted), { recursive: true });
    await makeDataDir(wanted);
    const real = await realpath(wanted);
    const probe = join(real, `.writable-${randomUUID()}`);
    await writeFile(probe, '');
    await rm(probe);
    return clusterFolderAt(real, join(real, 'postgres'));
  } catch (error) {
    throw notWritable(wanted, error);
  }
}

/** Queues and cursors will lie beside the database, and are nobody else's business either. An existing folder keeps its mode. */
async function makeDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

function clusterFolderAt(dataDir: string, home: string): ClusterFolder {
  return { dataDir, home, cluster: join(home, 'cluster'), passwordFile: join(home, 'password') };
}

/** A place to make the cluster in, on the same disk, so that it can be renamed. */
export async function makeStaging(folder: ClusterFolder): Promise<ClusterFolder> {
  const home = join(folder.dataDir, `${NEW_PREFIX}${process.pid}-${randomUUID().slice(0, 8)}`);
  await mkdir(home, { mode: 0o700 });
  // The umask may have taken more than 0700 leaves.
  await chmod(home, 0o700);
  return clusterFolderAt(folder.dataDir, home);
}

/** Removes what starts that were killed half-way left behind. Where that fails it only costs room, and is logged. */
export async function removeAbandonedStaging(folder: ClusterFolder, log: (line: string) => void): Promise<void> {
  for (const name of await readdir(folder.dataDir)) {
    const pid = new RegExp(`^${NEW_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || processExists(Number(pid))) continue;
    const path = join(folder.dataDir, name);
    // An orphaned initdb may still be writing into it for a moment.
    await rm(path, { recursive: true, force: true, maxRetries: 8, retryDelay: 50 }).catch((error: unknown) => {
      log(
        `Could not remove ${path}, left by a start that was killed: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}

export function notWritable(path: string, cause: unknown): DataDirNotWritableError {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: "the user's disk quota is used up",
    ENOTDIR: 'there is a file where a folder should be',
    EEXIST: 'there is a file where a folder should be',
  };
  const reason = reasons[systemCode(cause) ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
  return new DataDirNotWritableError(
    `Cannot write to the data folder ${path}: ${reason}. Make it writable, or name another folder in SLUICE_DATA_DIR.`,
    { cause },
  );
}
