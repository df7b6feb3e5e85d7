import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';
import { AbsentError } from '../peers/absent-error.ts';
import { endWithUs } from './end-with-us.ts';
import { placed } from './placement.ts';

const READY_DEADLINE_MS = 15_000;
const LOOK_MS = 50;
const SAID_MAX = 2_000;

/**
 * Starts the server program of a peer for this run alone and waits until it takes connections. Rejects with `AbsentError`
 * where there is no such program, or where it does not take these arguments.
 */
export async function startService(o: {
  readonly file: string;
  readonly args: readonly string[];
  readonly port: number;
}): Promise<AsyncDisposable> {
  // `taskset` would hide that the program is missing.
  const { file, args } = placed('server', { file: await existing(o.file), args: o.args });
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = endWithUs(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-SAID_MAX)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    forget();
  };

  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await takesConnections(o.port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new AbsentError(`${o.file} does not start: ${lastLine(said)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { [Symbol.asyncDispose]: stop };
}

/** Folders are left out: they are of this run alone. */
function lastLine(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? '';
  return line.replaceAll(/\S*\//g, '');
}

function existing(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = spawn(file, ['--version'], { stdio: 'ignore', env: process.env });
    probe.once('error', () => reject(new AbsentError(`there is no ${file} on this machine`)));
    probe.once('close', () => resolve(file));
  });
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
