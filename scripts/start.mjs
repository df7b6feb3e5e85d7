// npm start: sets up whatever is missing or stale, then runs the server until it is told to stop.
import path from 'node:path';
import process from 'node:process';
import { runInPlace } from './child-process.mjs';
import { createReport, runCommand } from './report.mjs';
import { setUp } from './set-up.mjs';
import { root, toolsFolder } from './workspace.mjs';

await runCommand(async () => {
  const report = createReport(process.stdout);
  const { node } = await setUp({ builds: ['apps/web', 'apps/server'], report });
  return runInPlace({
    file: node,
    args: [path.join(root, 'apps', 'server', 'dist', 'main.js'), ...process.argv.slice(2)],
    cwd: root,
    env: { NODE_ENV: 'production', NODE_COMPILE_CACHE: path.join(toolsFolder, 'compile-cache'), ...process.env },
  });
});
