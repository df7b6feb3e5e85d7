import type { Invocation } from './invocation.ts';

/** 0: good. 1: findings, or it failed. 2: called wrongly. */
export type ExitStatus = 0 | 1 | 2;

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help, such as `URL`. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** Operands as written after the name: `FILE`. */
  readonly operands: string;
  readonly operandCount: { readonly min: number; readonly max: number };
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Further paragraphs of its help. */
  readonly notes?: readonly string[];
  run(invocation: Invocation): Promise<ExitStatus>;
}

/** A command with its code left on disk until it is called, so that `lint` does not load what `run` needs. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}
