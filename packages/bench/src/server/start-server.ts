import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { endWithUs } from '../process/end-with-us.ts';
import { placed } from '../process/placement.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', '..', '..', 'apps', 'server', 'dist', 'main.js');
const RUNNING = /^Sluice is running at (\S+)$/m;
const SAID_MAX = 4_000;

/** The product's server as users run it: its bundle, its embedded PostgreSQL, an empty data folder, no demo. */
export interface StartedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
}

export async function startServer(folder: string): Promise<StartedServer> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built: run the bench as "npm run -s bench"`);
  const profile = process.env['SLUICE_BENCH_PROFILE'];
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const { file, args } = placed('server', { file: process.execPath, args: [...flags, MAIN] });
  const child = spawn(file, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      PORT: '0',
      SLUICE_DEMO: '0',
      SLUICE_DATA_DIR: path.join(folder, 'data'),
      LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = endWithUs(child);
  let said = '';
  const running = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-SAID_MAX);
      const url = RUNNING.exec(said)?.[1];
      if (url !== undefined) running.resolve(url);
    });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('error', running.reject);
  child.once('close', (status) => running.reject(new Error(`the server ended with ${status}: ${said}`)));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    forget();
  };
  const url = await running.promise;
  return { url, port: Number(new URL(url).port), pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
}
