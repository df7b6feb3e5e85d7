import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Account } from './account.ts';

/**
 * Starts a PostgreSQL program under the account, in a session of its own: Ctrl-C in the terminal is for Sluice, which
 * stops PostgreSQL after it has finished with it. Both outputs come in one stream each, as text.
 */
export function spawnAs(
  account: Account,
  file: string,
  args: readonly string[],
): ChildProcessByStdio<null, Readable, Readable> {
  const options = {
    cwd: '/',
    detached: true,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  };
  if (account.kind === 'self') return spawn(file, args, options);
  const { uid, gid, passage } = account;
  if (passage === undefined) return spawn(file, args, { ...options, uid, gid });
  const privileges = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=-all,+${passage}`,
    `--ambient-caps=-all,+${passage}`,
    // Without it access(2), by which PostgreSQL looks for its own files, ignores the capability.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ];
  return spawn('setpriv', [...privileges, '--', file, ...args], options);
}

/** Not our own environment: it may hold secrets, and PG* variables that would redirect the programs. */
function environment(): Record<string, string> {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'SystemRoot'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
