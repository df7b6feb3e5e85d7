import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import type pg from 'pg';
import type { ConnectionTarget } from '../connection-target.ts';

/** Declared here because TypeScript knows WebAssembly only together with the whole DOM. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: { __wbindgen_start(): void } } }>;
};

/** Prisma's migration engine, as WebAssembly, on the connections of `pool`. Loading it takes about a tenth of a second. */
export async function createSchemaEngine(pool: pg.Pool, target: ConnectionTarget): Promise<SchemaEngine> {
  const { SchemaEngine } = await loadEngine();
  return SchemaEngine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(wholeScripts(pool, target)));
}

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

/**
 * The adapter splits a script at every semicolon, also inside a comment, a string or the body of a function. PostgreSQL
 * takes a script whole, and then runs it as one transaction, just as Prisma's native engine has it do.
 */
function wholeScripts(pool: pg.Pool, target: ConnectionTarget): PrismaPg {
  const factory = new PrismaPg(pool, target.schema === undefined ? {} : { schema: target.schema });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: unknown) => {
        throw scriptError(error);
      });
    };
    return adapter;
  };
  return factory;
}

function scriptError(error: unknown): DriverAdapterError {
  const { code, message, severity, detail, column, hint } = error as Partial<pg.DatabaseError>;
  return new DriverAdapterError({
    kind: 'postgres',
    code: code ?? 'N/A',
    severity: severity ?? 'N/A',
    message: message ?? String(error),
    detail,
    column,
    hint,
    originalMessage: message ?? String(error),
  });
}
