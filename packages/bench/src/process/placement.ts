import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Where a process runs. What serves has the first core to itself and what puts load on it the second, so that neither
 * takes the other's time. `anywhere`: it is both, as an embedded store is, and has all cores.
 */
export type Place = 'server' | 'client' | 'anywhere';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** The command held to its place by `taskset`. Unchanged where that is missing or there is only one core. */
export function placed(place: Place, command: Command): Command {
  const core = place === 'anywhere' ? undefined : coreOf(place);
  return core === undefined ? command : { file: 'taskset', args: ['-c', String(core), command.file, ...command.args] };
}

let cores: readonly number[] | undefined;

function coreOf(place: 'server' | 'client'): number | undefined {
  cores ??= canPin() ? allowedCores(readFileSync('/proc/self/status', 'utf8')) : [];
  return cores.length < 2 ? undefined : cores[place === 'server' ? 0 : 1];
}

function canPin(): boolean {
  return process.platform === 'linux' && spawnSync('taskset', ['-p', String(process.pid)]).status === 0;
}

/** The numbers in a line such as `Cpus_allowed_list: 0-2,5`. */
export function allowedCores(status: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = Number.NaN, to = from] = part.split('-').map(Number);
      return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}
