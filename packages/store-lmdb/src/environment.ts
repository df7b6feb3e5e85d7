import { type Database, open, type RootDatabase } from 'lmdb';

/** The two databases of a store (see `keys.ts`). */
export interface Environment {
  readonly index: Database<string, Uint8Array>;
  readonly messages: Database<string, Uint8Array>;
  /** Stores everything that `write` puts and removes, or nothing, and resolves when it is on disk. `write` must not throw. */
  transact(write: () => void): Promise<void>;
  close(): Promise<void>;
}

/**
 * - Without `overlappingSync` nothing can be read before it is on disk, and a failed write leaves nothing visible.
 * - Writes between the start and the end of one `batch` are one LMDB transaction: the write thread commits only outside
 *   of a block. Single puts of one event turn have no such promise; transactions with a callback would run the writes on
 *   this thread.
 * - `eventTurnBatching` would put a second, outer block around ours; we group commits ourselves.
 */
export function openEnvironment(path: string): Environment {
  const root: RootDatabase<string, Uint8Array> = open<string, Uint8Array>({
    path,
    noSubdir: true,
    maxDbs: 2,
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'string',
    keyEncoding: 'binary',
  });
  const database = (name: string): Database<string, Uint8Array> =>
    root.openDB({ name, encoding: 'string', keyEncoding: 'binary' });
  return {
    index: database('index'),
    messages: database('messages'),
    async transact(write) {
      try {
        await root.batch(write);
      } catch (error) {
        throw await causeOf(error);
      }
    },
    close: () => root.close(),
  };
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
