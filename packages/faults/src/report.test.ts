import { expect, test } from 'vitest';
import { formatReport, reportOf } from './report.ts';
import type { ScenarioResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const scenario: Scenario = {
  id: 'R-02',
  area: 'processes',
  title: 'kill -9',
  rules: ['C1', 'C2'],
  shows: 'It survives.',
  rounds: { short: 1, long: 500, of: 'kills' },
  run: () => Promise.reject(new Error('not played here')),
};
const held: ScenarioResult = {
  scenario,
  rounds: 500,
  seed: 7,
  seconds: 12.34,
  outcome: {
    figures: { accepted: 12_345, lost: 0, repeated: 3, dead: 1, restartMs: 812, more: { 'answers 503': 4 } },
    anomalies: [],
  },
};
const failed: ScenarioResult = {
  ...held,
  outcome: {
    figures: { accepted: 2, lost: 1, repeated: 0, dead: 0 },
    anomalies: [{ name: 'lost-write', detail: 'k-1 was accepted and is nowhere' }],
  },
  folder: '/tmp/kept',
};
const skipped: ScenarioResult = { scenario, rounds: 0, seed: 7, seconds: 0, skipped: 'no strace' };

test('each run is a row with its figures, also when it failed or was skipped', () => {
  expect(formatReport([held, failed, skipped]).split('\n').slice(2)).toEqual([
    '| R-02 | kill -9 | C1 C2 | 500 kills | 12,345 | 0 | 3 | 1 | 0.8 s | answers 503: 4 | held |',
    '| R-02 | kill -9 | C1 C2 | 500 kills | 2 | 1 | 0 | 0 | - |  | failed |',
    '| R-02 | kill -9 | C1 C2 | - | - | - | - | - | - |  | skipped: no strace |',
    '',
  ]);
});

test('the data has the seed and what was found', () => {
  expect(reportOf([failed])).toMatchObject([
    { id: 'R-02', verdict: 'failed', seed: 7, rounds: 500, notes: ['lost-write: k-1 was accepted and is nowhere'] },
  ]);
  expect(reportOf([skipped])).toMatchObject([{ verdict: 'skipped', figures: null, notes: ['no strace'] }]);
});

test('scenarios have ids of their own, and each proves a rule', () => {
  expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
  expect(SCENARIOS.filter(({ rules }) => rules.length === 0)).toEqual([]);
});
