export * from './document.ts';
export * from './duration.ts';
export * from './node-definition.ts';
