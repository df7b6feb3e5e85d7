import { withSchemaEngine } from './schema-engine.ts';

/**
 * The SQL that would turn the database into what the Prisma schema says; empty if they agree.
 *
 * Compared with a database to which the migrations were applied, and not by Prisma's shadow database: given a
 * connection string, the adapter would take the main database for the shadow and wipe it.
 */
export async function compareSchema(o: { readonly url: string; readonly schema: string }): Promise<string> {
  const files = [{ path: 'schema.prisma', content: o.schema }];
  return withSchemaEngine(o.url, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    const sql = (stdout ?? '').trim();
    return sql === '-- This is an empty migration.' ? '' : sql;
  });
}
