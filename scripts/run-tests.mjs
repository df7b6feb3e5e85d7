import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runCaptured } from './child-process.mjs';
import { countPlaywright, countVitest } from './count-tests.mjs';
import { CommandFailure } from './report.mjs';
import { root, toolsFolder } from './workspace.mjs';

/** @typedef {import('./set-up.mjs').Tools} Tools */
/** @typedef {import('./count-tests.mjs').Count} Count */

/**
 * Every vitest project.
 * @param {Tools} tools
 * @returns {Promise<Count[]>}
 */
export async function runUnitTests({ node, env }) {
  const reportFile = freshReportFile('vitest');
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = await runCaptured({
    file: node,
    args: [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`],
    cwd: root,
    env: { ...env, NODE_ENV: 'test' },
    echo: process.stdout,
  });
  const counts = countVitest(reportFile, [
    { suite: 'web', part: '/apps/web/' },
    { suite: 'unit', part: '' },
  ]);
  return believe(status, counts, 'vitest');
}

/**
 * The stories in e2e, in a real browser against the real server.
 * @param {Tools} tools
 * @param {string} chromium path of the browser
 * @returns {Promise<Count[]>}
 */
export async function runEndToEndTests({ node, env }, chromium) {
  const reportFile = freshReportFile('playwright');
  const e2e = path.join(root, 'e2e');
  const { status } = await runCaptured({
    file: node,
    args: [path.join(e2e, 'node_modules', '@playwright', 'test', 'cli.js'), 'test', '--reporter=list,json'],
    cwd: e2e,
    env: { ...env, NODE_ENV: 'test', SLUICE_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
    echo: process.stdout,
  });
  return believe(status, [countPlaywright(reportFile, 'end to end')], 'Playwright');
}

/** @param {string} name */
function freshReportFile(name) {
  const file = path.join(toolsFolder, 'reports', `${name}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  return file;
}

/**
 * A runner that fails without a failed test (a file that does not load, an error nobody caught) has failed all the same.
 * @param {number} status
 * @param {Count[]} counts
 * @param {string} runner
 */
function believe(status, counts, runner) {
  if (status !== 0 && counts.every(({ failed }) => failed === 0)) {
    throw new CommandFailure(
      `${runner} ended with exit status ${status} although no test failed.`,
      'see what it printed above.',
    );
  }
  return counts;
}
