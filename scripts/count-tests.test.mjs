import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countPlaywright, countVitest, summarise } from './count-tests.mjs';
import { judge } from './run-checks.mjs';

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-count-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('vitest tests are counted by the suite that their file belongs to', () => {
  const file = report({
    testResults: [
      { name: '/r/apps/web/src/a.test.ts', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
      { name: '/r/packages/engine/src/b.test.ts', assertionResults: [{ status: 'passed' }, { status: 'pending' }] },
    ],
  });
  const suites = [
    { suite: 'web', part: '/apps/web/' },
    { suite: 'unit', part: '' },
  ];
  expect(countVitest(file, suites)).toEqual([
    { suite: 'web', passed: 1, failed: 1, skipped: 0 },
    { suite: 'unit', passed: 1, failed: 0, skipped: 1 },
  ]);
});

test('a browser test that passed only on a second try has failed', () => {
  const file = report({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 2 } });
  expect(countPlaywright(file, 'end to end')).toEqual({ suite: 'end to end', passed: 3, failed: 2, skipped: 2 });
});

test('a runner that left no report has not passed', () => {
  expect(() => countPlaywright(path.join(folder, 'absent.json'), 'end to end')).toThrow('left no report');
});

test('the closing line adds up all suites', () => {
  const { ok, lines } = summarise([
    { suite: 'unit', passed: 5, failed: 0, skipped: 1 },
    { suite: 'web', passed: 2, failed: 0, skipped: 0 },
  ]);
  expect(ok).toBe(true);
  expect(lines.at(-1)).toBe('tests: 7 passed, 0 failed, 1 skipped');
});

test('one failed test fails the run', () => {
  expect(summarise([{ suite: 'unit', passed: 5, failed: 1, skipped: 0 }]).ok).toBe(false);
});

test.for([
  ['no suite', []],
  [
    'an empty suite beside a full one',
    [
      { suite: 'unit', passed: 5, failed: 0, skipped: 0 },
      { suite: 'web', passed: 0, failed: 0, skipped: 0 },
    ],
  ],
  ['a suite whose tests are all skipped', [{ suite: 'unit', passed: 0, failed: 0, skipped: 9 }]],
])('%s fails the run', ([, counts]) => {
  expect(summarise(/** @type {import('./count-tests.mjs').Count[]} */ (counts)).ok).toBe(false);
});

test('a check that is content but looked at too little has failed', () => {
  const looked = [{ count: 0, atLeast: 1, what: 'files' }];
  expect(judge({ ok: true, looked, output: '' })).toEqual({
    ok: false,
    problem: 'It looked at 0 files; at least 1 were expected.',
  });
  expect(judge({ ok: true, looked: [], output: '' }).ok).toBe(false);
  expect(judge({ ok: true, looked: [{ count: 1, atLeast: 1, what: 'files' }], output: '' }).ok).toBe(true);
  expect(judge({ ok: false, looked: [{ count: 1, atLeast: 1, what: 'files' }], output: '' }).ok).toBe(false);
});

/** @param {unknown} value */
function report(value) {
  const file = path.join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(value));
  return file;
}
