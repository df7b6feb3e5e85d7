// npm run -s bench -- [--quick] [--only NAME] [--json]: our numbers beside others'. Only the results reach stdout.
import path from 'node:path';
import process from 'node:process';
import { runInPlace } from './child-process.mjs';
import { createReport, runCommand } from './report.mjs';
import { setUp } from './set-up.mjs';
import { root } from './workspace.mjs';

await runCommand(async () => {
  const { node } = await setUp({ builds: ['packages/bench', 'apps/server'], report: createReport(process.stderr) });
  return runInPlace({
    file: node,
    args: [path.join(root, 'packages', 'bench', 'dist', 'main.js'), ...process.argv.slice(2)],
    cwd: root,
    env: { NODE_ENV: 'production', ...process.env },
  });
});
