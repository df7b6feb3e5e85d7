import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './embedded-errors.ts';

/** What a PostgreSQL server says of itself in `postmaster.pid`. It outlives a server that was killed. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly status: 'starting' | 'ready' | 'stopping';
}

export function postmasterFilePath(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** Undefined if there is no file, or one that is still being written. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const content = await readFile(postmasterFilePath(cluster), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  });
  const [pid, , , port, , , , status = 'starting'] = content.split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(pid ?? '')) return undefined;
  return {
    pid: Number(pid),
    port: Number(port ?? 0),
    status: status === 'ready' || status === 'stopping' ? status : 'starting',
  };
}
