import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, MessageStore } from '@sluice/engine';
import { assertDatabaseFile } from './assert-database-file.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { MessagesOnLmdb } from './messages-on-lmdb.ts';
import { migrateToFormat2 } from './migrate.ts';
import { loadState, readMeta, recoverFromCrash } from './recover.ts';
import { FORMAT } from './store-state.ts';
import { type StoreFailedError, StoreFolderError, StoreLockedError } from './store-errors.ts';

export interface LmdbStore extends MessageStore {
  /**
   * Calls `listener` once when a write fails, or soon if one has failed already. From then on every call is refused with `StoreFailedError`, and what was
   * running is unknown; the process should end and start again.
   */
  onFailure(listener: (error: StoreFailedError) => void): () => void;
  /** Bytes inside its file that are free to be written again, so that it need not grow. Cheap. */
  freeBytes(): number;
  /** Lets go of the folder without returning leases, as the death of the process would. For tests. */
  crash(): Promise<void>;
}

/**
 * Opens the store in a folder, which is made if need be. What was in hand when the last owner died is ready again, its
 * crash counted. Rejects with `StoreLockedError` when somebody else has it open, and with `StoreFolderError` when it
 * cannot be used.
 */
export async function openLmdbStore(options: { readonly dir: string; readonly clock: Clock }): Promise<LmdbStore> {
  const dir = await usableFolder(options.dir);
  const lock = await ownFolder(dir);
  let environment: Environment | undefined;
  try {
    const path = join(dir, 'messages.lmdb');
    await assertDatabaseFile(path);
    environment = openEnvironment(path);
    const { format } = readMeta(environment);
    if (format > FORMAT)
      throw new Error(
        `its data has format ${format}, and this version reads formats up to ${FORMAT}. Use the version that wrote it, or a newer one.`,
      );
    const state = loadState(environment);
    if (format < FORMAT) await migrateToFormat2(environment, state);
    await recoverFromCrash(environment, state);
    return new MessagesOnLmdb({ clock: options.clock, environment, state, lock });
  } catch (error) {
    await environment?.close();
    await lock.release();
    throw new StoreFolderError(dir, whyUnusable(error), { cause: error });
  }
}

async function ownFolder(dir: string): Promise<FolderLock> {
  try {
    return await lockFolder(dir);
  } catch (error) {
    throw error instanceof StoreLockedError ? error : new StoreFolderError(dir, whyUnusable(error), { cause: error });
  }
}

async function usableFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    const dir = await realpath(path);
    const probe = join(dir, `.probe-${process.pid}`);
    await writeFile(probe, Buffer.alloc(4_096));
    await rm(probe);
    return dir;
  } catch (error) {
    throw new StoreFolderError(path, whyUnusable(error), { cause: error });
  }
}

function whyUnusable(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write to it. Change its owner or permissions, or choose another folder.';
    case 'EROFS':
      return 'its file system is read-only. Choose another folder.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'its disk is full. Free some space, or choose another folder.';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'it is a file. Choose another path.';
    default:
      return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
