export * from './message.ts';
export * from './ports/clock.ts';
export * from './ports/connectors.ts';
export * from './ports/id-source.ts';
export * from './ports/message-store.ts';
export * from './ports/node-behaviour.ts';
export * from './ports/random.ts';
export * from './work-error.ts';
