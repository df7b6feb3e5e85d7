export { type LmdbStore, openLmdbStore } from './open-lmdb-store.ts';
export { StoreClosedError, StoreFailedError, StoreFolderError, StoreLockedError } from './store-errors.ts';
