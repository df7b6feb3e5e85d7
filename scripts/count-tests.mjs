import { readFileSync } from 'node:fs';
import { CommandFailure } from './report.mjs';

/** @typedef {{ suite: string, passed: number, failed: number, skipped: number }} Count */

/**
 * What a vitest run did, one count for each of `suites`: the first whose `part` occurs in the test file's path.
 * @param {string} reportFile
 * @param {readonly { suite: string, part: string }[]} suites
 * @returns {Count[]}
 */
export function countVitest(reportFile, suites) {
  const counts = suites.map(({ suite }) => ({ suite, passed: 0, failed: 0, skipped: 0 }));
  for (const file of readReport(reportFile).testResults) {
    const count = counts[suites.findIndex(({ part }) => file.name.includes(part))];
    if (count === undefined) throw new Error(`${file.name} belongs to no suite.`);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') count.passed += 1;
      else if (test.status === 'failed') count.failed += 1;
      else count.skipped += 1;
    }
  }
  return counts;
}

/**
 * What a Playwright run did. A test that passed only on a second try counts as failed.
 * @param {string} reportFile
 * @param {string} suite
 * @returns {Count}
 */
export function countPlaywright(reportFile, suite) {
  const { expected, unexpected, flaky, skipped } = readReport(reportFile).stats;
  return { suite, passed: expected, failed: unexpected + flaky, skipped };
}

/**
 * The closing line of a test run. A suite that ran nothing has not passed.
 * @param {readonly Count[]} counts
 * @returns {{ ok: boolean, lines: string[] }}
 */
export function summarise(counts) {
  const empty = counts.filter(({ passed, failed }) => passed + failed === 0);
  const total = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    counts.reduce((sum, count) => sum + count[key], 0);
  return {
    ok: counts.length > 0 && empty.length === 0 && total('failed') === 0,
    lines: [
      ...counts.map(
        ({ suite, passed, failed, skipped }) => `${suite}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
      ),
      ...empty.map(({ suite }) => `The suite "${suite}" ran no test, which counts as a failure.`),
      `tests: ${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`,
    ],
  };
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailure(
      `The test runner left no report in ${file} (${error instanceof Error ? error.message : String(error)}).`,
      'see what it printed above: it probably stopped before it ran anything.',
    );
  }
}
