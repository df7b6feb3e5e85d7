export { type LmdbStore, openLmdbStore } from './open-lmdb-store.ts';
export { StoreClosedError, StoreFailedError, StoreFolderError, StoreLockedError } from './store-errors.ts';
export { type LmdbTraceStore, openLmdbTraceStore } from './traces/open-lmdb-trace-store.ts';
