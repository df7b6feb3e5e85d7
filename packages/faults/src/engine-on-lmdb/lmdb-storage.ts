import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageStore } from '@sluice/engine';
import type { Storage, StorageFactory } from '@sluice/simulator/testing';
import { type LmdbStore, openLmdbStore } from '@sluice/store-lmdb';

const folders: string[] = [];
const opened = new Set<Promise<LmdbStore>>();

/**
 * Stores on LMDB for worlds on virtual time: the real files, commits and recoveries. Time stands still while the disk is
 * at work. A crash leaves the files as the death of a process would, and the next store opens them.
 */
export const lmdbStorage: StorageFactory = (clock): Storage => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-engine-on-lmdb-'));
  folders.push(dir);
  let underWay = 0;
  const track = <Result>(promise: Promise<Result>): Promise<Result> => {
    underWay += 1;
    return promise.finally(() => (underWay -= 1));
  };
  const open = (): Promise<LmdbStore> => {
    const opening = track(openLmdbStore({ dir, clock }));
    opened.add(opening);
    return opening;
  };

  let inner = open();
  let current = facadeOf(inner, track);
  return {
    current: () => current.store,
    crash() {
      const dying = inner;
      current.die();
      inner = track(
        dying.then(async (store) => {
          opened.delete(dying);
          await store.crash();
          return open();
        }),
      );
      current = facadeOf(inner, track);
    },
    async settled() {
      while (underWay > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
};

/** Ends what is open and removes what was written; for the end of a test. */
export async function removeLmdbStorages(): Promise<void> {
  for (const opening of opened) await (await opening).close();
  opened.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const NEVER = new Promise<never>(() => {});

/** A store that is still being opened: calls wait for it. Once its process is dead, nobody hears of them any more. */
function facadeOf(
  opening: Promise<LmdbStore>,
  track: <Result>(promise: Promise<Result>) => Promise<Result>,
): { readonly store: MessageStore; die(): void } {
  let isDead = false;
  const onReady: MessageStore['onReady'] = (source, listener) => {
    let stop: (() => void) | undefined;
    let isOver = false;
    void opening.then((store) => {
      if (!isOver && !isDead) stop = store.onReady(source, listener);
    });
    return () => {
      isOver = true;
      stop?.();
    };
  };
  const call = async (name: keyof LmdbStore, args: readonly unknown[]): Promise<unknown> => {
    const outcome = await track(
      Promise.allSettled([
        opening.then((store) => {
          const method = store[name] as unknown as (...all: unknown[]) => unknown;
          return method.apply(store, [...args]);
        }),
      ]),
    );
    if (isDead) return NEVER;
    const [only] = outcome;
    if (only.status === 'rejected') throw only.reason;
    return only.value;
  };
  const store = new Proxy({} as MessageStore, {
    get(_target, name) {
      if (name === 'then') return undefined;
      return name === 'onReady' ? onReady : (...args: unknown[]) => call(name as keyof LmdbStore, args);
    },
  });
  return {
    store,
    die() {
      isDead = true;
    },
  };
}
