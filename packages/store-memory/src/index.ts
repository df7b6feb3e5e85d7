export { createMemoryStore, type MemoryStore } from './create-memory-store.ts';
export { StoreClosedError } from './store-closed-error.ts';
