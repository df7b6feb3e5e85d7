import { type Database, open, type RootDatabase } from 'lmdb';
import { DiskSilentError, withinFlushDeadline } from './flush-deadline.ts';

/** One file with some databases in it. */
export interface DatabaseFile<Name extends string> {
  readonly databases: Readonly<Record<Name, Database<string, Uint8Array>>>;
  /**
   * Stores everything that `write` puts and removes, or nothing, and resolves when it is on disk. `write` must not throw.
   * A disk that never answers makes it reject, see `FLUSH_DEADLINE_MS`.
   */
  transact(write: () => void): Promise<void>;
  /** Bytes inside the file that are free to be written again, so that it need not grow. Costs no scan. */
  freeBytes(): number;
  close(): Promise<void>;
}

/**
 * - Without `overlappingSync` nothing can be read before it is on disk, and a failed write leaves nothing visible.
 * - Writes between the start and the end of one `batch` are one LMDB transaction: the write thread commits only outside
 *   of a block. Single puts of one event turn have no such promise; transactions with a callback would run the writes on
 *   this thread.
 * - `eventTurnBatching` would put a second, outer block around ours; we group commits ourselves.
 */
export function openDatabaseFile<Name extends string>(path: string, names: readonly Name[]): DatabaseFile<Name> {
  const root: RootDatabase<string, Uint8Array> = open<string, Uint8Array>({
    path,
    noSubdir: true,
    maxDbs: names.length,
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'string',
    keyEncoding: 'binary',
  });
  const opened = names.map(
    (name) => [name, root.openDB<string, Uint8Array>({ name, encoding: 'string', keyEncoding: 'binary' })] as const,
  );
  let isSilent = false;
  return {
    databases: Object.fromEntries(opened) as Record<Name, Database<string, Uint8Array>>, // one for each name
    async transact(write) {
      try {
        await withinFlushDeadline(root.batch(write));
      } catch (error) {
        isSilent = error instanceof DiskSilentError;
        throw await causeOf(error);
      }
    },
    freeBytes() {
      const stats = statsOf(root);
      const used = [stats.root, stats.free, ...opened.map(([, database]) => statsOf(database))].reduce(
        (pages, tree) => pages + pagesOf(tree),
        META_PAGES,
      );
      return (stats.lastPageNumber + 1 - used) * stats.pageSize;
    },
    // lmdb would wait on this thread for the write, and with it everybody.
    close: () => (isSilent ? Promise.resolve() : root.close()),
  };
}

const META_PAGES = 2;

interface Tree {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** `root` and `free` are those of the environment, whichever database is asked. */
function statsOf(database: Pick<RootDatabase<string, Uint8Array>, 'getStats'>): Tree & {
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly root: Tree;
  readonly free: Tree;
} {
  return database.getStats() as ReturnType<typeof statsOf>; // lmdb declares no fields
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: Tree): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}

/** lmdb rejects with a general error, and hands the reason over as a second promise that would end the process if nobody looked at it. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
