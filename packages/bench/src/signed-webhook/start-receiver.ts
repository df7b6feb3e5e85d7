import { fork } from 'node:child_process';

export interface Receiver extends AsyncDisposable {
  readonly port: number;
}

/** A receiver in a process of its own, so that it does not share a core's time with the sender. */
export async function startReceiver(program: URL, args: readonly string[]): Promise<Receiver> {
  const child = fork(program, args, {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${program.pathname} ended with ${status} before it listened`)));
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
