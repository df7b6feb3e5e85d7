// npm run -s faults -- [--only ID] [--rounds N] [--short] [--seed N] [--json FILE]: the server under real faults. Only the table
// of what it did reaches stdout.
import path from 'node:path';
import process from 'node:process';
import { runInPlace } from './child-process.mjs';
import { createReport, runCommand } from './report.mjs';
import { setUp } from './set-up.mjs';
import { root } from './workspace.mjs';

await runCommand(async () => {
  const { node, env } = await setUp({ builds: ['apps/server'], report: createReport(process.stderr) });
  return runInPlace({
    file: node,
    args: [path.join(root, 'packages', 'faults', 'src', 'main.ts'), ...process.argv.slice(2)],
    // npm runs scripts in the root; the file for --json is meant from where its user stands.
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
    env,
  });
});
