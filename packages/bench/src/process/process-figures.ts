import { readFile } from 'node:fs/promises';
import { AbsentError } from '../peers/absent-error.ts';

/** Clock ticks of `/proc/PID/stat` a second, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Anonymous memory of this process in MB: heaps and buffers, without the pages of mapped files, which the system can take back. */
export async function anonymousMegabytes(): Promise<number> {
  const status = await proc('self', 'status');
  const kilobytes = /^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new AbsentError('this system does not tell how much memory is anonymous');
  return (Number(kilobytes) * 1_024) / 1_000_000;
}

/** Seconds of processor time that a process has used since it started, on all cores together. */
export async function cpuSeconds(pid: number): Promise<number> {
  return ticksOf(await proc(pid, 'stat')) / TICKS_PER_SECOND;
}

/** User and system time in the text of `/proc/PID/stat`. The name of the program comes second, in brackets, and may hold anything. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

async function proc(pid: number | 'self', name: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    throw new AbsentError(`this system has no /proc/${pid}/${name}`, { cause: error });
  }
}
