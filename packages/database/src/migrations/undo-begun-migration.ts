import type pg from 'pg';
import { inTransaction } from './in-transaction.ts';
import { recordRolledBack } from './migration-record.ts';

/** What a script creates that does not go away together with a table. */
const CREATED = /^CREATE (TABLE|TYPE|FUNCTION) ("[^"]+")/gm;

/**
 * Takes back what a database's first migration has left, if it was begun and never noted as finished: an earlier
 * version of Sluice noted the beginning apart from the script, and a `kill -9` at its first start could fall between.
 *
 * Only for a database without any finished migration, which no Sluice has ever worked with. Even so nothing is dropped
 * that holds a row, or on which something of somebody else's depends.
 * @returns false, with everything as it was, if a table holds rows.
 */
export async function undoBegunMigration(
  client: pg.PoolClient,
  { name, script }: { readonly name: string; readonly script: string },
): Promise<boolean> {
  const created = { TABLE: [] as string[], TYPE: [] as string[], FUNCTION: [] as string[] };
  const { rows } = await client.query<{ schema: string }>('SELECT quote_ident(current_schema()) AS schema');
  for (const [, kind, object] of script.matchAll(CREATED))
    created[kind as keyof typeof created].push(`${rows[0]?.schema}.${object}`); // the pattern has no other kinds
  try {
    await inTransaction(client, async () => {
      for (const table of created.TABLE) await expectEmpty(client, table);
      for (const kind of ['TABLE', 'FUNCTION', 'TYPE'] as const) {
        // In one statement, so that tables may refer to one another.
        if (created[kind].length > 0) await client.query(`DROP ${kind} IF EXISTS ${created[kind].join(', ')} RESTRICT`);
      }
      await recordRolledBack(client, name);
    });
    return true;
  } catch (error) {
    if (error === ROWS_FOUND) return false;
    throw error;
  }
}

const ROWS_FOUND = new Error('a table holds rows');

async function expectEmpty(client: pg.PoolClient, table: string): Promise<void> {
  const { rows: found } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    table,
  ]);
  if (found[0]?.exists !== true) return;
  // Until the end of the transaction nobody adds a row.
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const { rows } = await client.query<{ filled: boolean }>(`SELECT EXISTS (SELECT FROM ${table}) AS filled`);
  if (rows[0]?.filled !== false) throw ROWS_FOUND;
}
