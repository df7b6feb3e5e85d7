import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { type ClusterFolder, makeStaging, notWritable, removeAbandonedStaging } from './cluster-folder.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-errors.ts';
import { spawnAs } from './spawn-as.ts';

export const SUPERUSER = 'postgres';

/** Only over loopback, and only with the password: another user of this machine is turned away. */
const HBA = 'host all all 127.0.0.1/32 scram-sha-256\n';

/** @throws EmbeddedPostgresError for a folder that is neither absent nor a cluster: it is somebody's, and left alone. */
export async function clusterExists(folder: ClusterFolder): Promise<boolean> {
  try {
    const names = await readdir(folder.home);
    if (names.length === 0) return false;
    await Promise.all([stat(join(folder.cluster, 'PG_VERSION')), stat(folder.passwordFile)]);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw notWritable(folder.home, error);
    if ((await stat(folder.home).catch(() => undefined)) === undefined) return false;
    throw new EmbeddedPostgresError(
      `${folder.home} is not a whole database folder: cluster/PG_VERSION or the file "password" is missing. Restore it from a backup, or move it away to begin with an empty database.`,
      { cause: error },
    );
  }
}

/**
 * Makes `<data folder>/postgres` in one step as others see it: it is made beside its place and renamed when it is
 * complete and on disk. If another process was faster, its cluster stands and ours is dropped.
 */
export async function initCluster(
  folder: ClusterFolder,
  o: { readonly account: Account; readonly binaries: Binaries; readonly log: (line: string) => void },
): Promise<void> {
  const { account, binaries } = o;
  await removeAbandonedStaging(folder, o.log);
  const staging = await makeStaging(folder);
  try {
    await writeFile(staging.passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
    if (account.kind === 'other') {
      await chown(staging.passwordFile, account.uid, account.gid);
      await chown(staging.home, account.uid, account.gid);
    }
    await runInitdb(staging, account, binaries);
    await writeFile(join(staging.cluster, 'pg_hba.conf'), HBA, { flush: true });
    await sync(staging.home);
    await rename(staging.home, folder.home);
    await sync(folder.dataDir);
  } catch (error) {
    await rm(staging.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return;
    throw systemCode(error) === undefined || error instanceof EmbeddedPostgresError
      ? error
      : notWritable(folder.dataDir, error);
  }
}

async function runInitdb(staging: ClusterFolder, account: Account, binaries: Binaries): Promise<void> {
  const child = spawnAs(account, binaries.initdb, [
    `--pgdata=${staging.cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${staging.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts alike on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--set=timezone=UTC',
    '--set=log_timezone=UTC',
    '--no-instructions',
  ]);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const finished = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [output, errors] = await Promise.race([finished, failed]).catch((error: unknown) => {
    throw initFailed(error instanceof Error ? error.message : String(error), error);
  });
  if (child.exitCode !== 0)
    throw initFailed(errors.trim() || output.trim() || `initdb ended with ${child.exitCode ?? child.signalCode}`);
}

function initFailed(reason: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The built-in PostgreSQL could not make its folder: ${reason}. Correct that, or name your own PostgreSQL in DATABASE_URL.`,
    { cause },
  );
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
