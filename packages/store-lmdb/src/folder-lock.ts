import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { assertDatabaseFile } from './assert-database-file.ts';
import { StoreLockedError } from './store-errors.ts';

/**
 * One owner per folder, for exactly as long as it lives.
 *
 * The lock is an empty LMDB environment of its own in which the owner keeps one read transaction open. Behind that are
 * two POSIX record locks which the kernel drops with the process, however it dies: one on the lock file, shared by all who
 * have it open, and one per process in the table of readers. So neither direction can lie:
 * - An owner that lives is always seen: its reader stands in the table, and LMDB strikes out a reader only when the
 *   kernel says that the lock of its process is gone.
 * - A dead owner is never seen: whoever opens the file when nobody else has it starts with an empty table. Process ids
 *   are not trusted, so it does not matter that a restarted container has the same one as before.
 *
 * Not used: a file with the process id (it outlives its process, ids are reused, and containers cannot see each other's
 * processes), a socket in the folder (taking over a dead one races, long paths fail), and the environment of the messages
 * itself (a read transaction that stays open there would make it grow).
 *
 * Both of two that start at the same instant may see each other; each tries again a few times.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const folders = foldersOfThisProcess();
  if (folders.has(dir)) throw new StoreLockedError(dir, process.pid);
  folders.add(dir);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const claim = await claimFolder(dir);
      if (claim.isOwner) {
        return {
          async release() {
            await claim.close();
            folders.delete(dir);
          },
        };
      }
      await claim.close();
      if (attempt === ATTEMPTS) throw new StoreLockedError(dir, claim.otherPid);
      await pause(20 + Math.random() * 80);
    }
  } catch (error) {
    folders.delete(dir);
    throw error;
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

const ATTEMPTS = 5;

type Claim =
  | { readonly isOwner: true; readonly close: () => Promise<void> }
  | { readonly isOwner: false; readonly otherPid: number | undefined; readonly close: () => Promise<void> };

async function claimFolder(dir: string): Promise<Claim> {
  const path = join(dir, 'owner.lmdb');
  await assertDatabaseFile(path);
  const environment = open({ path, noSubdir: true, overlappingSync: false });
  const reader = await readerOf(environment, dir);
  const close = async (): Promise<void> => {
    reader.done();
    await environment.close();
  };
  environment.readerCheck();
  const readers = pidsOf(environment.readerList());
  const others = readers.filter((pid) => pid !== process.pid);
  // A process in another container may have our own id.
  if (others.length === 0 && readers.length === 1) return { isOwner: true, close };
  return { isOwner: false, otherPid: others[0], close };
}

/** Two processes with one id, in two containers, cannot both lock their place in the table: then LMDB gives up. */
async function readerOf(environment: RootDatabase, dir: string): Promise<Transaction> {
  try {
    return environment.useReadTransaction();
  } catch (error) {
    await environment.close();
    throw new StoreLockedError(dir, undefined, { cause: error });
  }
}

/** The table has a line of titles, then one line per reader that begins with its process id. */
function pidsOf(list: string): readonly number[] {
  return list.split('\n').flatMap((line) => {
    const pid = Number.parseInt(line.trim(), 10);
    return Number.isNaN(pid) ? [] : [pid];
  });
}

/** Shared by all copies of this module, since LMDB shares an environment within a process. */
function foldersOfThisProcess(): Set<string> {
  const name = Symbol.for('@sluice/store-lmdb: open folders');
  const registry = globalThis as { [name: symbol]: Set<string> | undefined };
  return (registry[name] ??= new Set());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
