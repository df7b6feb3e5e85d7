import { createServer } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { EmbeddedPostgresError } from './embedded-errors.ts';
import { postgresArguments } from './postgres-settings.ts';
import { readPostmasterFile } from './postmaster-pid.ts';
import { spawnAs } from './spawn-as.ts';

const POLL_MS = 5;
/** After a crash it replays at most max_wal_size, which takes seconds. */
const READY_TIMEOUT_MS = 120_000;
const REMEMBERED_LINES = 20;

/** What another process, or the last server's remains, may be in the way of for a moment. */
const PASSING = [
  'could not create any TCP/IP sockets',
  'lock file "postmaster.pid" already exists',
  'pre-existing shared memory block',
];

/**
 * Starts the server and waits until it accepts connections. `again` if something passing was in the way.
 * @throws EmbeddedPostgresError with the server's own last words.
 */
export async function launchPostmaster(
  folder: ClusterFolder,
  o: { readonly account: Account; readonly binaries: Binaries; readonly log: (line: string) => void },
): Promise<'ready' | 'again'> {
  const child = spawnAs(o.account, o.binaries.postgres, postgresArguments(folder.cluster, await freePort()));
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > REMEMBERED_LINES) lastLines.shift();
      o.log(line);
    });
  }
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('close', (code, signal) => {
    ended ??= `it ended with ${signal ?? `code ${code}`}`;
  });

  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (ended === undefined && performance.now() < deadline) {
    const file = await readPostmasterFile(folder.cluster);
    if (file?.pid === child.pid && file?.status === 'ready') {
      letGo(child);
      return 'ready';
    }
    await delay(POLL_MS);
  }
  if (lastLines.some((line) => PASSING.some((words) => line.includes(words)))) return 'again';
  if (ended === undefined) child.kill('SIGINT');
  throw new EmbeddedPostgresError(
    `The built-in PostgreSQL did not start: ${lastLines.join('\n') || (ended ?? 'it was not ready in time')}. Its folder is ${folder.home}. Correct that, or name your own PostgreSQL in DATABASE_URL.`,
  );
}

/** The server must not keep this process alive: whoever forgets to stop it leaves it to be taken over by the next start. */
function letGo(child: ReturnType<typeof spawnAs>): void {
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}

/** Someone may take it before PostgreSQL does; then another one is tried. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new EmbeddedPostgresError('This machine gave no free port on 127.0.0.1.');
  return address.port;
}
