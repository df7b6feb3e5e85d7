import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { type ClusterFolder, openClusterFolder } from './cluster-folder.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-errors.ts';
import { clusterExists, initCluster } from './init-cluster.ts';
import { launchPostmaster } from './launch-postmaster.ts';
import { APPLICATION, ownCluster, type Ownership } from './own-cluster.ts';
import { postgresArguments } from './postgres-settings.ts';
import { type PostmasterFile, postmasterFilePath, readPostmasterFile } from './postmaster-pid.ts';
import { commandLine, inspectProcess, processExists } from './postmaster-process.ts';
import { stopPostmaster } from './stop-postmaster.ts';

export interface EmbeddedPostgres {
  /** For `openDatabase`. Holds the password. */
  readonly url: string;
  /** Whether the server was running already, left by a process that was killed. */
  readonly adopted: boolean;
  /** Ends the server after writing everything out; close the database first. A second call does nothing. */
  stop(): Promise<void>;
}

/** Covers the recovery or the end of a server that another process has just started or stopped. */
const SETTLE_TIMEOUT_MS = 120_000;
const POLL_MS = 20;
const ON_ITS_WAY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03']);

/**
 * Runs PostgreSQL in `<dataDir>/postgres` for this process alone, on loopback, on a free port, with a password that is
 * made once and kept in the folder. The first start makes the folder.
 *
 * What the last start may have left, and what becomes of it:
 *
 * | found                                             | done                                          |
 * |---------------------------------------------------|-----------------------------------------------|
 * | nothing, or a folder half-made by a killed start  | made anew                                     |
 * | a folder at rest, or a server killed with its host | started; PostgreSQL recovers by itself       |
 * | a server whose Sluice was killed                  | adopted                                       |
 * | the same, started by another version of Sluice    | ended cleanly, then started                   |
 * | a server whose Sluice lives                       | left alone: DataDirInUseError                 |
 * | postmaster.pid whose number is another process's  | only the file is removed                      |
 *
 * @throws DataDirNotWritableError, DataDirInUseError, EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(o: {
  readonly dataDir: string;
  readonly log?: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const log = o.log ?? (() => undefined);
  const binaries = await findBinaries();
  const folder = await openClusterFolder(o.dataDir);
  const account = await chooseAccount(folder, binaries);
  if (!(await clusterExists(folder))) await initCluster(folder, { account, binaries, log });
  const password = (await readFile(folder.passwordFile, 'utf8')).trim();

  let launched = false;
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const found = await findServer(folder);
    if (found === undefined) {
      launched = (await launchPostmaster(folder, { account, binaries, log })) === 'ready';
      if (!launched) await delay(POLL_MS);
      continue;
    }
    const ownership = found.status === 'ready' ? await tryToOwn(folder, { port: found.port, password }) : undefined;
    if (ownership === undefined) {
      await delay(POLL_MS);
    } else if (launched || (await isAsWanted(found, folder, binaries))) {
      return {
        url: `postgresql://${APPLICATION}:${encodeURIComponent(password)}@127.0.0.1:${found.port}/${APPLICATION}`,
        adopted: !launched,
        stop: stopOnce(found.pid, folder, ownership),
      };
    } else {
      await stopPostmaster(found.pid, folder.cluster);
      await ownership.release();
    }
  }
  throw new EmbeddedPostgresError(
    `The built-in PostgreSQL in ${folder.home} neither started nor ended within ${SETTLE_TIMEOUT_MS / 1000} seconds.`,
  );
}

/** The server that runs in this folder, if any. */
async function findServer(folder: ClusterFolder): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(folder.cluster);
  if (file === undefined) return undefined;
  if ((await inspectProcess(file.pid, folder.cluster)) === 'ours') return file;
  // PostgreSQL overlooks the file of a dead server, but not one whose number lives on in another process. Nothing is
  // risked by removing it: a server that still had memory of this folder would make the new one refuse to start.
  if (processExists(file.pid)) await rm(postmasterFilePath(folder.cluster), { force: true });
  return undefined;
}

/** Undefined while the server is on its way up or down. */
async function tryToOwn(
  folder: ClusterFolder,
  o: { readonly port: number; readonly password: string },
): Promise<Ownership | undefined> {
  try {
    return await ownCluster(folder, o);
  } catch (error) {
    const code = systemCode(error);
    if (code !== undefined && ON_ITS_WAY.has(code)) return undefined;
    if (code === '28P01') {
      throw new EmbeddedPostgresError(
        `The password in ${folder.passwordFile} is not the one of the database beside it. Restore that file from a backup of ${folder.home}.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Same programs, same settings: what a start would give. */
async function isAsWanted(found: PostmasterFile, folder: ClusterFolder, binaries: Binaries): Promise<boolean> {
  return (
    (await commandLine(found.pid)) === [binaries.postgres, ...postgresArguments(folder.cluster, found.port)].join(' ')
  );
}

function stopOnce(pid: number, folder: ClusterFolder, ownership: Ownership): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    // The claim is held to the end, so that no other start adopts a server that is about to go.
    await stopPostmaster(pid, folder.cluster);
    await ownership.release();
  };
  return () => (stopping ??= stop());
}
