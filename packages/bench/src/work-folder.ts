import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { isAlive } from './process/is-alive.ts';

/**
 * Beside the packages, because the system's folder for temporary files is in memory on many machines, where syncing
 * costs nothing. Also where peers are installed: no tool of the workspace looks in here.
 */
export const CACHE_FOLDER = path.join(import.meta.dirname, '..', 'node_modules', '.cache');

const NAME = /^bench-(\d+)-/;

/** An empty folder of this run alone, removed at the end. What runs that were killed have left is removed at the beginning. */
export async function openWorkFolder(
  parent: string = CACHE_FOLDER,
): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) await remove(path.join(parent, name));
  }
  const folder = await mkdtemp(path.join(parent, `bench-${process.pid}-`));
  return { path: folder, [Symbol.asyncDispose]: () => remove(folder) };
}

/** What has just been stopped may still be closing a file. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
