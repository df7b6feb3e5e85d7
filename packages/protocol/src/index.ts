export * from './live.ts';
export * from './resources.ts';
export * from './status.ts';
export * from './traces.ts';
export * from './bodies.ts';
export * from './dead-letters.ts';
export * from './endpoint.ts';
export * from './endpoints.ts';
export { openApiDocument } from './openapi.ts';
