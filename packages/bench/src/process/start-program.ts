import { spawn } from 'node:child_process';
import process from 'node:process';
import { AbsentError } from '../peers/absent-error.ts';
import { placed, type Place } from './placement.ts';
import { PROGRAM_FLAG } from './program-flag.ts';
import type { Answer, Calls, Request } from './program.ts';
import type { ProgramName } from './programs.ts';

/** The program gives itself less. This is for one that does not even get round to that. */
const CLOSE_DEADLINE_MS = 30_000;

/** A program of the bench in a process of its own: no side shares a heap, a compiler or a collector with another. */
export interface StartedProgram<Offered extends Calls> extends AsyncDisposable {
  readonly pid: number;
  call<Name extends keyof Offered & string>(
    name: Name,
    ...argument: Parameters<Offered[Name]>
  ): ReturnType<Offered[Name]>;
}

export interface StartOptions {
  readonly place: Place;
  /** For V8, such as `--expose-gc`. */
  readonly nodeFlags?: readonly string[];
}

/** Resolves when the program is open. Rejects with `AbsentError` where it says that something it takes is missing. */
export async function startProgram<Offered extends Calls>(
  name: ProgramName,
  setting: unknown,
  o: StartOptions,
): Promise<StartedProgram<Offered>> {
  const main = process.argv[1];
  if (main === undefined) throw new Error('the bench does not know its own file');
  const flags = ['--disable-warning=ExperimentalWarning', ...profilingFlags(name), ...(o.nodeFlags ?? [])];
  const { file, args } = placed(o.place, {
    file: process.execPath,
    args: [...flags, main, PROGRAM_FLAG, name, JSON.stringify(setting)],
  });
  const child = spawn(file, args, {
    env: { ...process.env, NODE_ENV: 'production' },
    // Stdout is for results alone.
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.on('message', (message) => settle(message as Answer, waiting)); // only `serveProgram` talks to us
  child.once('error', failAll);
  child.once('exit', (status, signal) => failAll(new Error(`the program ${name} ended with ${signal ?? status}`)));

  const expect = (id: number): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    return answer.promise;
  };
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    const kill = setTimeout(() => child.kill('SIGKILL'), CLOSE_DEADLINE_MS);
    await ended;
    clearTimeout(kill);
  };
  try {
    await expect(0);
  } catch (error) {
    await close();
    throw error;
  }

  let lastId = 0;
  return {
    pid: child.pid ?? 0,
    call(call, ...[argument]) {
      lastId += 1;
      const request: Request = { id: lastId, call, argument };
      const answer = expect(lastId);
      if (child.connected) child.send(request);
      else failAll(new Error(`the program ${name} is gone`));
      return answer as ReturnType<Offered[typeof call]>; // what the program's call of this name answers
    },
    [Symbol.asyncDispose]: close,
  };
}

function settle(answer: Answer, waiting: Map<number, PromiseWithResolvers<unknown>>): void {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  switch (answer.kind) {
    case 'answer':
      return asked?.resolve(answer.value);
    case 'absent':
      return asked?.reject(new AbsentError(answer.reason));
    case 'failed':
      return asked?.reject(new Error(answer.text));
  }
}

/** `SLUICE_BENCH_PROFILE=FOLDER` makes every program leave a CPU profile there. */
function profilingFlags(name: ProgramName): readonly string[] {
  const folder = process.env['SLUICE_BENCH_PROFILE'];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`];
}
