// pnpm verify: format, lint, types, boundaries, unused code, build, unit tests. One line per step; fails if any fails.
import process from 'node:process';
import { createReport, runCommand } from './report.mjs';
import { runChecks } from './run-checks.mjs';
import { runUnitTests } from './run-tests.mjs';
import { summarise } from './count-tests.mjs';
import { setUp } from './set-up.mjs';

await runCommand(async () => {
  const report = createReport(process.stdout);
  const tools = await setUp({ builds: [], report });
  const clean = await runChecks(tools, report);
  const { ok, lines } = summarise(await runUnitTests(tools));
  for (const line of lines) report.line(line);
  return clean && ok ? 0 : 1;
});
