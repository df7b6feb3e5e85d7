export { createMemoryStore, type MemoryStore } from './create-memory-store.ts';
export { createMemoryTraceStore } from './create-memory-trace-store.ts';
export { StoreClosedError } from './store-closed-error.ts';
