import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { UsageError } from './failures.ts';
import type { Terminal } from './output/terminal.ts';

/** One call of a command: what was given and where to answer. */
export interface Invocation {
  readonly terminal: Terminal;
  /** Where relative file names begin. */
  readonly folder: string;
  readonly operands: readonly string[];
  flag(option: string): boolean;
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  /** A whole number within bounds; anything else is a usage error. */
  number(option: string, bounds: { readonly min: number; readonly max: number }): number | undefined;
}

export function parseInvocation(
  command: Command,
  args: readonly string[],
  surroundings: { readonly terminal: Terminal; readonly folder: string },
): Invocation {
  const { values, positionals } = parsed(command, args);
  const { min, max } = command.operandCount;
  if (positionals.length < min)
    throw new UsageError(
      `${command.operands.split(' ')[positionals.length] ?? 'An operand'} is missing.`,
      command.name,
    );
  if (positionals.length > max) throw new UsageError(`"${positionals[max]}" is one operand too many.`, command.name);
  const textOf = (option: string): string | undefined => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    ...surroundings,
    operands: positionals,
    flag: (option) => values[option] === true,
    text: textOf,
    texts: (option) => {
      const value = values[option];
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    },
    number: (option, bounds) => {
      const text = textOf(option);
      if (text === undefined) return undefined;
      const number = Number(text);
      if (/^\d+$/.test(text) && number >= bounds.min && number <= bounds.max) return number;
      throw new UsageError(
        `--${option} must be a whole number from ${bounds.min} to ${bounds.max}, not "${text}".`,
        command.name,
      );
    },
  };
}

function parsed(command: Command, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node words these well: "Unknown option '--prot'", "Option '--port <value>' argument missing".
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      const [sentence = error.message] = error.message.split(/\. |\n/);
      throw new UsageError(`${sentence.replace(/\.$/, '')}.`, command.name);
    }
    throw error;
  }
}
