import type { CommandEntry } from './command.ts';

/** In the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'lint',
    summary: 'Check a pipeline document',
    load: async () => (await import('./commands/lint.ts')).lintCommand,
  },
  {
    name: 'run',
    summary: 'Run a pipeline here, without a server',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'import',
    summary: "Make a document a pipeline's draft on a server",
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'export',
    summary: "Print a pipeline's draft as a document",
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'deploy',
    summary: 'Publish the draft as a version and run it',
    load: async () => (await import('./commands/deploy.ts')).deployCommand,
  },
  {
    name: 'status',
    summary: 'Show what runs, or one pipeline in full',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'dead-letters',
    summary: 'Show what was given up, or throw it away',
    load: async () => (await import('./commands/dead-letters.ts')).deadLettersCommand,
  },
  {
    name: 'redrive',
    summary: 'Send dead letters on their way again',
    load: async () => (await import('./commands/redrive.ts')).redriveCommand,
  },
  {
    name: 'replay',
    summary: 'Have an event wire deliver again what it has delivered',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
];

/** Verbs of the design that this version does not have. They are not listed and do nothing but say so. */
export const NOT_IN_THIS_VERSION: Readonly<Record<string, string>> = {
  simulate: 'To see how a pipeline behaves, run it with `sluice run FILE`.',
  test: 'To check a document, use `sluice lint FILE`.',
};
