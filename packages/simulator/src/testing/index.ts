export { wrongsOf } from './check-run.ts';
export { useStorage } from './plain-world.ts';
export { roughRun } from './rough-run.ts';
export type { Storage, StorageFactory } from '../storage.ts';
