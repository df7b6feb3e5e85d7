import { execFile } from 'node:child_process';
import { chmod, chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { type Capability, capabilities } from './capabilities.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { EmbeddedPostgresError, systemCode } from './embedded-errors.ts';

const run = promisify(execFile);
const USER_NAME = 'postgres';

/**
 * Who runs PostgreSQL. An ordinary user does so as himself. PostgreSQL refuses to run as root, so root needs another
 * account, and that account must be able to reach programs and data.
 */
export type Account =
  | { readonly kind: 'self' }
  | {
      readonly kind: 'other';
      readonly uid: number;
      readonly gid: number;
      /** Capability that lets it pass folders closed to it, such as /root; absent where the way is open. */
      readonly passage?: 'dac_read_search' | 'dac_override';
    };

/**
 * Root keeps the data folder; the account owns <data folder>/postgres.
 * @throws EmbeddedPostgresError if root can find or make no account that reaches the folder.
 */
export async function chooseAccount(folder: ClusterFolder, binaries: Binaries): Promise<Account> {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const may = await capabilities();
  if (!may.has('setuid') || !may.has('setgid') || !may.has('chown')) {
    throw cannotRunAsRoot('this process may not become another user');
  }
  const owner = await ownerOf(folder.home);
  const { uid, gid } = owner !== undefined && owner.uid !== 0 ? owner : ((await lookUpUser()) ?? (await addUser()));
  // Root has copied or restored it.
  if (owner?.uid === 0) await run('chown', ['-R', `${uid}:${gid}`, folder.home]);
  await letPass(folder.dataDir, gid);
  const account = { kind: 'other', uid, gid } as const;
  if ((await canEnter(folder.dataDir, account)) && (await canEnter(dirname(binaries.postgres), account)))
    return account;
  return { ...account, passage: passage(may, folder) };
}

interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** An existing cluster keeps its owner, even where `postgres` has another number on this machine. */
async function ownerOf(path: string): Promise<UserIds | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function lookUpUser(): Promise<UserIds | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', USER_NAME]), run('id', ['-g', USER_NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    // `id` fails when there is no such user, which is what was asked.
    return undefined;
  }
}

async function addUser(): Promise<UserIds> {
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      USER_NAME,
    ]);
  } catch (error) {
    throw cannotRunAsRoot(`there is no user "${USER_NAME}" to run it as instead, and adding one failed`, error);
  }
  const ids = await lookUpUser();
  if (ids === undefined) throw cannotRunAsRoot(`the user "${USER_NAME}" was added but cannot be found`);
  return ids;
}

/** A data folder that is root's alone is opened for passing through, not for listing, to the account's group alone. */
async function letPass(dataDir: string, gid: number): Promise<void> {
  const { uid, mode } = await stat(dataDir);
  if (uid !== 0 || (mode & 0o077) !== 0) return;
  await chown(dataDir, 0, gid);
  await chmod(dataDir, 0o710);
}

async function canEnter(path: string, { uid, gid }: UserIds): Promise<boolean> {
  const found = await stat(path);
  const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001;
  if ((found.mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path || canEnter(parent, { uid, gid });
}

/**
 * Root's home is closed to others, and that is where root works. Rather than opening it for everybody, PostgreSQL gets
 * the one capability that lets it through: reading anywhere, or in a container where root lacks that, also writing.
 * It is no more than the root process that starts it may do.
 */
function passage(may: ReadonlySet<Capability>, folder: ClusterFolder): 'dac_read_search' | 'dac_override' {
  if (may.has('setpcap') && may.has('dac_read_search')) return 'dac_read_search';
  if (may.has('setpcap') && may.has('dac_override')) return 'dac_override';
  throw cannotRunAsRoot(
    `the user "${USER_NAME}", as whom it runs instead, cannot enter ${folder.dataDir} or the program's folder`,
  );
}

function cannotRunAsRoot(reason: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The built-in PostgreSQL does not run as root, and ${reason}. Start Sluice as an ordinary user, or name your own PostgreSQL in DATABASE_URL.`,
    { cause },
  );
}
