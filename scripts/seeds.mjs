// npm run -s seeds -- [--from N] [--count N] [--for 2h] [--json]: random pipelines through faults on virtual time, for as
// long as one likes. The same as the simulation in the tests, seed for seed.
import path from 'node:path';
import process from 'node:process';
import { runInPlace } from './child-process.mjs';
import { createReport, runCommand } from './report.mjs';
import { setUp } from './set-up.mjs';
import { root } from './workspace.mjs';

await runCommand(async () => {
  const { node } = await setUp({ builds: [], report: createReport(process.stderr) });
  return runInPlace({
    file: node,
    args: [path.join(root, 'packages', 'simulator', 'src', 'testing', 'run-seeds.ts'), ...process.argv.slice(2)],
    cwd: root,
    env: { ...process.env },
  });
});
