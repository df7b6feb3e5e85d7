// npm test: everything. Sets up, checks the source, runs the unit tests, then the end-to-end tests in a browser.
import process from 'node:process';
import { summarise } from './count-tests.mjs';
import { findChromium } from './find-chromium.mjs';
import { createReport, runCommand, seconds } from './report.mjs';
import { runChecks } from './run-checks.mjs';
import { runEndToEndTests, runUnitTests } from './run-tests.mjs';
import { setUp } from './set-up.mjs';

await runCommand(async () => {
  const began = Date.now();
  const report = createReport(process.stdout);
  const tools = await setUp({ builds: [], report });
  const browser = await findChromium(report, tools);
  report.line(`Browser: ${browser.version} (${browser.path})`);
  const clean = await runChecks(tools, report);
  const counts = [...(await runUnitTests(tools)), ...(await runEndToEndTests(tools, browser.path))];
  const { ok, lines } = summarise(counts);
  report.line(`Everything took ${seconds(Date.now() - began)}.`);
  if (!clean) report.line('The checks of the source above found something.');
  for (const line of lines) report.line(line);
  return clean && ok ? 0 : 1;
});
