import type { ScenarioResult } from './run-scenario.ts';
import type { Figures } from './scenario.ts';

/** One row of the report, as `--json` writes it. */
export interface ReportRow {
  readonly id: string;
  readonly title: string;
  readonly rules: readonly string[];
  readonly shows: string;
  readonly verdict: 'held' | 'failed' | 'skipped';
  readonly rounds: number;
  readonly roundsOf: string;
  readonly seed: number;
  readonly seconds: number;
  readonly figures: Figures | null;
  /** Findings, or the reason why it was skipped. */
  readonly notes: readonly string[];
}

export function reportOf(results: readonly ScenarioResult[]): readonly ReportRow[] {
  return results.map(({ scenario, rounds, seed, seconds, skipped, outcome }) => ({
    id: scenario.id,
    title: scenario.title,
    rules: scenario.rules,
    shows: scenario.shows,
    verdict: outcome === undefined ? 'skipped' : outcome.anomalies.length === 0 ? 'held' : 'failed',
    rounds,
    roundsOf: scenario.rounds.of,
    seed,
    seconds: Math.round(seconds * 10) / 10,
    figures: outcome?.figures ?? null,
    notes: outcome === undefined ? [skipped ?? ''] : outcome.anomalies.map(({ name, detail }) => `${name}: ${detail}`),
  }));
}

/** A Markdown table. */
export function formatReport(results: readonly ScenarioResult[]): string {
  const header = [
    'test',
    'fault',
    'rules',
    'rounds',
    'accepted',
    'lost',
    'repeated',
    'dead',
    'slowest restart',
    'also seen',
    'verdict',
  ];
  const rows = reportOf(results).map((row) => [
    row.id,
    row.title,
    row.rules.join(' '),
    row.verdict === 'skipped' ? '-' : `${whole(row.rounds)} ${row.roundsOf}`,
    ...(row.figures === null
      ? ['-', '-', '-', '-', '-', '']
      : [
          whole(row.figures.accepted),
          whole(row.figures.lost),
          whole(row.figures.repeated),
          whole(row.figures.dead),
          row.figures.restartMs === undefined ? '-' : `${(row.figures.restartMs / 1_000).toFixed(1)} s`,
          Object.entries(row.figures.more ?? {})
            .map(([name, value]) => `${name}: ${typeof value === 'number' ? whole(value) : value}`)
            .join('; '),
        ]),
    row.verdict === 'skipped' ? `skipped: ${row.notes[0]}` : row.verdict,
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
