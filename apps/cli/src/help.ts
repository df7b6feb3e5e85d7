import type { Command, CommandOption } from './command.ts';
import { COMMANDS } from './command-table.ts';

/** Understood by every command. */
export const COMMON_OPTIONS: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', help: 'Answer in JSON' },
  help: { type: 'boolean', help: 'Show this help' },
};

export function generalHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    'Usage: sluice COMMAND [OPTIONS]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '`sluice help COMMAND` tells more; `sluice --version` tells the version. `--json` works with every command.',
    'Exit status: 0 good, 1 findings or failure, 2 called wrongly.',
    '',
  ].join('\n');
}

export function commandHelp(command: Command, summary: string): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([name, { value, help }]) => ({
    spelling: `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  }));
  const width = Math.max(...options.map(({ spelling }) => spelling.length));
  return [
    `Usage: sluice ${command.name} ${command.operands} [OPTIONS]`,
    '',
    `${summary}.`,
    ...(command.notes ?? []).flatMap((note) => ['', note]),
    '',
    ...options.map(({ spelling, help }) => `  ${spelling.padEnd(width)}  ${help}`),
    '',
  ].join('\n');
}
