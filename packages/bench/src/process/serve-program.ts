import process from 'node:process';
import { AbsentError } from '../peers/absent-error.ts';
import type { Answer, OpenProgram, Request, ServedProgram } from './program.ts';
import { isProgramName, PROGRAMS } from './programs.ts';

/** Closing takes longer than this only where something hangs. */
const CLOSE_DEADLINE_MS = 20_000;

/** Runs as `NAME SETTING` in a process that was started by `startProgram`, until that lets go of it. */
export function serveProgram([name = '', setting = 'null']: readonly string[]): void {
  const opened = openByName(name, JSON.parse(setting));
  opened.then(
    () => tell({ id: 0, kind: 'answer', value: null }),
    (error: unknown) => tell(failureOf(0, error)),
  );
  process.on('message', (message) => {
    const { id, call, argument } = message as Request; // only `startProgram` talks to us
    opened
      .then(({ calls }) => calls[call]?.(argument as never)) // the starter knows the program's type
      .then(
        (value) => tell({ id, kind: 'answer', value: value ?? null }),
        (error: unknown) => tell(failureOf(id, error)),
      );
  });
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref();
    opened
      .then((program) => program.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  });
}

async function openByName(name: string, setting: unknown): Promise<ServedProgram> {
  if (!isProgramName(name)) throw new RangeError(`the bench has no program ${name}`);
  const open: OpenProgram = await PROGRAMS[name]();
  return open(setting as never); // the starter knows the program's type
}

function failureOf(id: number, error: unknown): Answer {
  if (error instanceof AbsentError) return { id, kind: 'absent', reason: error.message };
  return { id, kind: 'failed', text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function tell(answer: Answer): void {
  // The starter may have let go meanwhile; then nobody wants to know.
  if (process.connected) process.send?.(answer);
}
