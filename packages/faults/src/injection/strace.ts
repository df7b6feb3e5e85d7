import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { BorderEvent } from './border-event.ts';
import { STORE_FILE } from './preload.ts';

/** Why this machine cannot trace system calls; `undefined` when it can. */
export function straceMissing(): string | undefined {
  if (process.platform !== 'linux') return 'strace is for Linux';
  try {
    const [tool = '', ...args] = underStrace('/dev/null');
    execFileSync(tool, [...args, 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    // Not installed, or not allowed to trace, as in many containers.
    return 'strace (5.3 or newer) is not installed or not allowed';
  }
}

/** The command line that runs a program under strace, beside it rather than above it, so that signals reach the program. */
export function underStrace(file: string): readonly string[] {
  const calls = 'openat,close,pwrite64,writev,write,fdatasync,fsync,sendmsg,sendto';
  return [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-q',
    '-y',
    '-s',
    '4096',
    '-e',
    `trace=${calls}`,
    '-e',
    'signal=none',
    '-o',
    file,
  ];
}

const LINE = /^(\d+) +(.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/s;
const CALL = /^(\w+)\((\d+)(?:<([^>]*)>)?(.*)$/s;
const RESULT = /= (-?\d+)[^=]*$/;

/**
 * What strace has written, as events. A call that takes no longer than its line is a begin and an end one after the other;
 * one that others interrupt begins with its first line and ends where it is resumed.
 */
export function parseTrace(text: string): readonly BorderEvent[] {
  const events: BorderEvent[] = [];
  /** Descriptors of the store that wait for the disk. */
  const synchronous = new Set<string>();
  const open = new Map<string, Pick<BorderEvent, 'kind' | 'isSynchronous' | 'at'>>();
  const add = (event: Pick<BorderEvent, 'kind' | 'phase' | 'isSynchronous' | 'at'>, rest: Partial<BorderEvent>): void =>
    void events.push({ life: 1, number: events.length + 1, result: 0, bytes: Buffer.alloc(0), ...event, ...rest });

  for (const line of text.split('\n')) {
    const [, pid = '', call = ''] = LINE.exec(line) ?? [];
    const result = Number(RESULT.exec(call)?.[1] ?? 0);
    const resumed = RESUMED.exec(call);
    if (resumed !== null) {
      const begun = open.get(pid);
      open.delete(pid);
      if (begun !== undefined) add({ ...begun, phase: 'end' }, { result });
      continue;
    }
    if (call.startsWith('openat(')) {
      const opened = /= (\d+)</.exec(call)?.[1];
      if (opened !== undefined && call.includes(`/${STORE_FILE}"`) && call.includes('O_DSYNC')) synchronous.add(opened);
      continue;
    }
    const [, name = '', descriptor = '', what = '', rest = ''] = CALL.exec(call) ?? [];
    if (name === 'close') {
      synchronous.delete(descriptor);
      continue;
    }
    const kind = kindOf(name, what, rest);
    if (kind === undefined) continue;
    const begun = { kind, isSynchronous: synchronous.has(descriptor), at: Number(descriptor) };
    // Quotation marks are the only escapes that matter to what is searched in the text.
    add({ ...begun, phase: 'begin' }, { bytes: Buffer.from(textIn(rest)) });
    if (call.includes('<unfinished ...>')) open.set(pid, begun);
    else add({ ...begun, phase: 'end' }, { result });
  }
  return events;
}

export function readTrace(file: string): readonly BorderEvent[] {
  return parseTrace(readFileSync(file, 'latin1'));
}

function kindOf(name: string, what: string, rest: string): 'write' | 'flush' | 'answer' | undefined {
  const isStore = what.endsWith(`/${STORE_FILE}`);
  if (name === 'fdatasync' || name === 'fsync') return isStore ? 'flush' : undefined;
  if (isStore) return 'write';
  return rest.includes('"HTTP/1.1 ') ? 'answer' : undefined;
}

/** What stands in the quoted strings of the arguments, one after the other. */
function textIn(args: string): string {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/gs)]
    .map(([, quoted = '']) => quoted.replaceAll('\\"', '"').replaceAll('\\r', '\r').replaceAll('\\n', '\n'))
    .join('');
}
