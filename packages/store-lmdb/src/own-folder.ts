import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertDatabaseFile } from './assert-database-file.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { StoreFolderError, StoreLockedError } from './store-errors.ts';

/** A folder that nobody else has open. */
export interface OwnFolder {
  readonly dir: string;
  readonly lock: FolderLock;
}

/** Makes the folder if need be, and takes it. Rejects with `StoreLockedError` or `StoreFolderError`. */
export async function ownFolder(path: string): Promise<OwnFolder> {
  const dir = await usableFolder(path);
  try {
    return { dir, lock: await lockFolder(dir) };
  } catch (error) {
    throw error instanceof StoreLockedError ? error : new StoreFolderError(dir, whyUnusable(error), { cause: error });
  }
}

/** Opens a database file in it. Where that fails, lets go of the folder and says why it cannot be used. */
export async function openIn<Opened>(
  { dir, lock }: OwnFolder,
  file: string,
  open: (path: string) => Promise<Opened>,
): Promise<Opened> {
  try {
    const path = join(dir, file);
    await assertDatabaseFile(path);
    return await open(path);
  } catch (error) {
    await lock.release();
    throw new StoreFolderError(dir, whyUnusable(error), { cause: error });
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
