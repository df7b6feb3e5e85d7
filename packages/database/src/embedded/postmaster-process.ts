import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from './embedded-errors.ts';

const run = promisify(execFile);

/**
 * Is the process with this number the PostgreSQL server of this cluster?
 *
 * - `dead`: there is no such process, or nothing of it but an entry that its parent has not collected.
 * - `other`: the number has been given to another process since, as happens after a reboot or in a container.
 *
 * A server works inside its cluster folder, which nobody else can enter. Where the system does not tell (macOS; root in
 * a container looking at another user's process), the command line does.
 */
export async function inspectProcess(pid: number, cluster: string): Promise<'ours' | 'other' | 'dead'> {
  const command = await commandLine(pid);
  if (command === undefined) return 'dead';
  if (process.platform === 'linux') {
    try {
      const [actual, expected] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(cluster)]);
      return actual.ino === expected.ino && actual.dev === expected.dev ? 'ours' : 'other';
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return 'dead';
      if (systemCode(error) !== 'EACCES' && systemCode(error) !== 'EPERM') throw error;
    }
  }
  return command.includes(` -D ${cluster} `) ? 'ours' : 'other';
}

/** Program and arguments, joined by spaces; undefined if there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      // Kernel threads have none either, but no server's number was ever theirs.
      return raw === '' ? undefined : raw.replace(/\0$/, '').replaceAll('\0', ' ');
    }
    const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    // Gone between asking and answering, or never there: the same to us.
    return undefined;
  }
}

/** Whether the number is taken, be it by a process that is not ours to signal or by the remains of one. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
