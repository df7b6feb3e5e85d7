import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../process/free-port.ts';
import { startService } from '../process/start-service.ts';

/** `default`: acknowledged at once, synced every two minutes. `always`: synced before it is acknowledged (2.10 or newer). */
export type NatsSync = 'default' | 'always';

/** A NATS server of this run's own with JetStream on disk. */
export async function startNats(folder: string, sync: NatsSync): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort();
  const config = path.join(folder, 'nats.conf');
  const syncSetting = sync === 'always' ? 'sync_interval: always' : '';
  await writeFile(config, `host: "127.0.0.1"\nport: ${port}\njetstream { store_dir: "${folder}"\n${syncSetting} }\n`);
  const service = await startService({ file: 'nats-server', args: ['-c', config], port });
  return { port, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}
