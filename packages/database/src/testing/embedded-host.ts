// A process that runs the built-in PostgreSQL and waits, as the product does. Started by `startHost`.
// Says on its standard output, in one line of JSON, how the start went; stops and ends when its input is closed.
import { once } from 'node:events';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({ dataDir });
  console.log(JSON.stringify({ url: postgres.url, adopted: postgres.adopted }));
  process.stdin.resume();
  await once(process.stdin, 'end');
  await postgres.stop();
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error && 'code' in error ? error.code : String(error) }));
}
