import type pg from 'pg';

/** All that `act` does on this connection, or nothing. If the process dies in between, PostgreSQL takes it back. */
export async function inTransaction(client: pg.PoolClient, act: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await act();
    await client.query('COMMIT');
  } catch (error) {
    // On a connection that broke there is nothing left to take back, and why it broke is what counts.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
