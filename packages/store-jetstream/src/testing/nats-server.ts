import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tests that need a server are left out, by name, where there is none to start. Continuous integration has one, and must
 * fail without it.
 */
export const noServer = spawnSync('nats-server', ['--version']).error !== undefined && process.env['CI'] === undefined;

/** A nats-server of its own, with JetStream, on a free port of this machine. */
export interface TestServer {
  readonly address: string;
  /** Where it keeps its streams. */
  readonly folder: string;
  /** Ends it as the loss of its process would, or in order, and starts it again on its folder and port. */
  restart(how: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startNatsServer({ hasJetStream = true } = {}): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-nats-'));
  let port = -1; // any
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn(
      'nats-server',
      [
        '-a',
        '127.0.0.1',
        '-p',
        String(port),
        '--ports_file_dir',
        dir,
        '-l',
        join(dir, 'log'),
        ...(hasJetStream ? ['-js', '-sd', join(dir, 'js')] : []),
      ],
      { stdio: 'ignore' },
    );
    running = child;
    port = await portOf(child, dir);
  };
  const stop = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
    if (child.pid !== undefined) await rm(portsFile(dir, child.pid), { force: true });
  };
  await start();
  return {
    folder: join(dir, 'js'),
    get address() {
      return `127.0.0.1:${port}`;
    },
    async restart(how) {
      await stop(how);
      await start();
    },
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      await rm(dir, { recursive: true });
    },
  };
}

/** The server writes the file when it listens. */
async function portOf(child: ChildProcess, dir: string): Promise<number> {
  if (child.pid === undefined) throw new Error('nats-server could not be started. Is it installed?');
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`nats-server ended with ${child.exitCode}: ${await readFile(join(dir, 'log'), 'utf8')}`);
    const name = (await readdir(dir)).find((file) => file === `nats-server_${child.pid}.ports`);
    const text = name === undefined ? '' : await readFile(join(dir, name), 'utf8');
    if (text.endsWith('}')) return portIn(text);
    await sleep(10);
  }
}

function portIn(text: string): number {
  const { nats } = JSON.parse(text) as { readonly nats: readonly string[] }; // the server's own format
  const port = /:(\d+)$/.exec(nats[0] ?? '')?.[1];
  if (port === undefined) throw new Error(`The ports file of nats-server has changed: ${text}`);
  return Number(port);
}

function portsFile(dir: string, pid: number): string {
  return join(dir, `nats-server_${pid}.ports`);
}
