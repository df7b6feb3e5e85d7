export * from './document.ts';
export * from './duration.ts';
export * from './finding.ts';
export * from './node-definition.ts';
