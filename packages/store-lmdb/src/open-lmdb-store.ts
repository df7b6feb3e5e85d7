import type { Clock, MessageStore } from '@sluice/engine';
import { type Environment, openEnvironment } from './environment.ts';
import { MessagesOnLmdb } from './messages-on-lmdb.ts';
import { migrateToFormat2 } from './migrate.ts';
import { openIn, ownFolder } from './own-folder.ts';
import { loadState, readMeta, recoverFromCrash } from './recover.ts';
import { FORMAT, type StoreState } from './store-state.ts';
import type { StoreFailedError } from './store-errors.ts';

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
  const folder = await ownFolder(options.dir);
  const { environment, state } = await openIn(folder, 'messages.lmdb', openMessages);
  return new MessagesOnLmdb({ clock: options.clock, environment, state, lock: folder.lock });
}

async function openMessages(path: string): Promise<{ readonly environment: Environment; readonly state: StoreState }> {
  const environment = openEnvironment(path);
  try {
    const { format } = readMeta(environment);
    if (format > FORMAT)
      throw new Error(
        `its data has format ${format}, and this version reads formats up to ${FORMAT}. Use the version that wrote it, or a newer one.`,
      );
    const state = loadState(environment);
    if (format < FORMAT) await migrateToFormat2(environment, state);
    await recoverFromCrash(environment, state);
    return { environment, state };
  } catch (error) {
    await environment.close();
    throw error;
  }
}
