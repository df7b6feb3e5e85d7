import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { connectPool } from '../connect-pool.ts';
import { connectionTarget } from '../connection-target.ts';
import { engineAdapter } from './engine-adapter.ts';

/** Declared here because TypeScript knows WebAssembly only together with the whole DOM. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ readonly instance: { readonly exports: { __wbindgen_start(): void } } }>;
};

/**
 * Calls `use` with Prisma's migration engine, as WebAssembly; loading it takes about a tenth of a second.
 *
 * The engine takes its lock in whatever session it is given and never gives it back, so it gets one of its own, which is
 * closed afterwards: else `prisma migrate deploy` would wait in vain for as long as this process runs.
 */
export async function withSchemaEngine<T>(url: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const pool = await connectPool(url, { connectionsMax: 1 });
  try {
    loading ??= loadEngine();
    const { SchemaEngine } = await loading;
    const adapter = bindMigrationAwareSqlAdapterFactory(engineAdapter(pool, connectionTarget(url)));
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
    try {
      return await use(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/** Once for the process: the package keeps its instance in a variable, and a second one would pull it from under the first. */
let loading: ReturnType<typeof loadEngine> | undefined;

/**
 * The package's own entry imports its .wasm file as a module, for which Node prints a warning about an experimental
 * feature at the user's first start. Its second entry leaves the instance to us.
 */
async function loadEngine() {
  const gluePath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = await readFile(join(dirname(gluePath), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue;
}
