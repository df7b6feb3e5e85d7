import type { Clock, MessageStore } from '@sluice/engine';
import { createMemoryStore } from '@sluice/store-memory';

/** Where the stores of a world come from: what one leaves at the death of its process the next one finds. */
export interface Storage {
  /** The store of the process that runs. */
  current(): MessageStore;
  /** The process dies: nothing of it takes effect any more, and `current` is what comes up again. */
  crash(): void;
  /** Virtual time stands still until it resolves: the storage has something under way. Absent: it never has. */
  settled?(): Promise<void>;
}

export type StorageFactory = (clock: Clock) => Storage;

/** Stores in memory: everything happens at once. */
export const memoryStorage: StorageFactory = (clock) => {
  let store = createMemoryStore({ clock });
  return {
    current: () => store,
    crash() {
      store = store.crash();
    },
  };
};
