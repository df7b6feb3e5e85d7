import process from 'node:process';
import { parseArgs } from 'node:util';
import { wrongsOf } from './check-run.ts';
import { roughRun } from './rough-run.ts';

/**
 * `npm run -s seeds -- [--from N] [--count N] [--for 2h] [--json]`: one random pipeline after the other through faults,
 * on virtual time, until the count or the time is over or one keeps a promise no more. Then it prints the seed, what went
 * wrong, and how to run that seed alone. Exit status: 0 good, 1 a failing seed, 2 usage.
 */
const MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

function usage(message: string): never {
  process.stderr.write(`seeds: ${message}\nusage: npm run -s seeds -- [--from N] [--count N] [--for 30m] [--json]\n`);
  process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) usage(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}

function readArguments(): { from: number; count: number; forMs: number; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        from: { type: 'string', default: '1' },
        count: { type: 'string' },
        for: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const span = values.for === undefined ? undefined : /^(\d+)([smh])$/.exec(values.for);
    if (span === null) usage(`--for must be a time such as 30m or 2h, not ${values.for}`);
    const unbounded = values.count === undefined && span === undefined;
    return {
      from: wholeNumber('from', values.from),
      count:
        values.count === undefined ? (unbounded ? 300 : Number.POSITIVE_INFINITY) : wholeNumber('count', values.count),
      forMs: span === undefined ? Number.POSITIVE_INFINITY : Number(span[1]) * MS[span[2] as keyof typeof MS],
      json: values.json,
    };
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const { from, count, forMs, json } = readArguments();
const startedAt = performance.now();
const elapsedMs = (): number => Math.round(performance.now() - startedAt);
let told = 0;
let accepted = 0;
let seed = from;
for (; seed < from + count && elapsedMs() < forMs; seed += 1) {
  const run = await roughRun(seed);
  const wrongs = await wrongsOf(run);
  accepted += run.accepted.length;
  if (wrongs.length > 0) {
    const again = `npm run -s seeds -- --from ${seed} --count 1`;
    if (json) process.stdout.write(`${JSON.stringify({ failed: seed, wrongs, again })}\n`);
    else
      process.stdout.write(`seed ${seed} failed:\n${wrongs.map((wrong) => `  ${wrong}\n`).join('')}again: ${again}\n`);
    process.exit(1);
  }
  if (!json && elapsedMs() - told > 10_000) {
    told = elapsedMs();
    process.stderr.write(`seeds ${from} to ${seed}: good (${Math.round(told / 1_000)} s)\n`);
  }
}
const result = { from, to: seed - 1, seeds: seed - from, accepted, wrongs: 0, ms: elapsedMs() };
process.stdout.write(
  json
    ? `${JSON.stringify(result)}\n`
    : `${result.seeds} seeds (${from} to ${result.to}), ${accepted} messages accepted, nothing wrong, ${Math.round(result.ms / 1_000)} s\n`,
);
