import { nearest } from '@sluice/pipeline';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandEntry, ExitStatus } from './command.ts';
import { COMMANDS, NOT_IN_THIS_VERSION } from './command-table.ts';
import { CommandFailure, UsageError } from './failures.ts';
import { COMMON_OPTIONS, commandHelp, generalHelp } from './help.ts';
import { parseInvocation } from './invocation.ts';
import type { Terminal } from './output/terminal.ts';

/** Does what the arguments ask for and answers the exit status. Rejects only when something is broken in here. */
export async function runCli(
  args: readonly string[],
  surroundings: { readonly terminal: Terminal; readonly folder: string },
): Promise<ExitStatus> {
  const { terminal } = surroundings;
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandFailure)) throw error;
    const { code, message } = error;
    if (args.includes('--json')) terminal.json({ error: { code, message } });
    else terminal.err(`sluice: ${message}\n`);
    if (error instanceof CommandFailure) return 1;
    if (!args.includes('--json'))
      terminal.err(`See \`sluice help${error.command === undefined ? '' : ` ${error.command}`}\`.\n`);
    return 2;
  }
}

async function dispatch(
  args: readonly string[],
  surroundings: { readonly terminal: Terminal; readonly folder: string },
): Promise<ExitStatus> {
  const { terminal } = surroundings;
  const [verb, ...rest] = args;
  if (verb === undefined) throw new UsageError('A command is missing.');
  if (verb === '--version') {
    terminal.out(`${packageJson.version}\n`);
    return 0;
  }
  if (verb === 'help' || verb === '--help')
    return help(
      rest.filter((arg) => !arg.startsWith('-')),
      terminal,
    );
  const entry = findCommand(verb);
  const command = await entry.load();
  if (rest.includes('--help')) return help([verb], terminal);
  const withCommonOptions = { ...command, options: { ...command.options, ...COMMON_OPTIONS } };
  return command.run(parseInvocation(withCommonOptions, rest, surroundings));
}

async function help([verb]: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  if (verb === undefined || verb === 'help') {
    terminal.out(generalHelp());
    return 0;
  }
  const entry = findCommand(verb);
  terminal.out(commandHelp(await entry.load(), entry.summary));
  return 0;
}

function findCommand(verb: string): CommandEntry {
  const entry = COMMANDS.find(({ name }) => name === verb);
  if (entry !== undefined) return entry;
  if (Object.hasOwn(NOT_IN_THIS_VERSION, verb))
    throw new UsageError(`\`sluice ${verb}\` is not in this version. ${NOT_IN_THIS_VERSION[verb]}`);
  const suggestion = nearest(
    verb,
    COMMANDS.map(({ name }) => name),
  );
  throw new UsageError(
    `"${verb}" is not a command.${suggestion === undefined ? '' : ` Did you mean \`${suggestion}\`?`}`,
  );
}
