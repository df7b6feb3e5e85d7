export * from './live.ts';
export * from './resources.ts';
export * from './status.ts';
