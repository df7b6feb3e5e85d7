import process from 'node:process';
import { createTerminal } from './output/terminal.ts';
import { runCli } from './run-cli.ts';

// A reader that has seen enough (`sluice ... | head`) closes the pipe: nobody is left to answer to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const status = await runCli(process.argv.slice(2), { terminal: createTerminal(process), folder: process.cwd() });
// What was written to a pipe has to get there; then nothing that lingers, such as an idle connection, keeps the shell waiting.
process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
