import { freePort } from '../process/free-port.ts';
import { startService } from '../process/start-service.ts';

/** A Redis of this run's own that syncs its log to disk after every write, before it answers. */
export async function startRedis(folder: string): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir: folder, appendonly: 'yes', appendfsync: 'always', save: '' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const service = await startService({ file: 'redis-server', args, port });
  return { port, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}
