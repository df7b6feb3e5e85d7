import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type { ConnectionTarget } from '../connection-target.ts';

/**
 * The adapter of the schema engine, with two corrections to what `@prisma/adapter-pg` does there.
 *
 * - It splits a script at every semicolon, also inside a comment, a string or the body of a function. PostgreSQL takes a
 *   script whole and runs it as one transaction, just as Prisma's native engine has it do.
 * - It does not know the type "char", of which the catalogue has columns that the engine reads to describe a database.
 */
export function engineAdapter(pool: pg.Pool, target: ConnectionTarget): PrismaPg {
  const factory = new PrismaPg(pool, target.schema === undefined ? {} : { schema: target.schema });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw;
    adapter.queryRaw = (query) => {
      const chars = new Set<number>();
      const readingChars = Object.create(adapter, { client: { value: notingChars(pool, chars) } }) as typeof adapter;
      return queryRaw.call(readingChars, query).then((result) => ({
        ...result,
        columnTypes: result.columnTypes.map((type, column) => (chars.has(column) ? ColumnTypeEnum.Character : type)),
      }));
    };
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: unknown) => {
        throw scriptError(error);
      });
    };
    return adapter;
  };
  return factory;
}

/** The same pool, where columns of type "char" pass for char(1), which the adapter knows, and are noted by position. */
function notingChars(pool: pg.Pool, chars: Set<number>): pg.Pool {
  const CHAR_OID = 18;
  const query = async (config: pg.QueryArrayConfig, values?: unknown[]): Promise<pg.QueryArrayResult> => {
    const result = await pool.query(config, values);
    for (const [column, field] of result.fields.entries()) {
      if (field.dataTypeID !== CHAR_OID) continue;
      field.dataTypeID = pg.types.builtins.BPCHAR;
      chars.add(column);
    }
    return result;
  };
  return Object.create(pool, { query: { value: query } }) as pg.Pool;
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
