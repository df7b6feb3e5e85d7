// bench [--quick] [--only NAME]... [--json]: our numbers beside others', measured in one run.
import process from 'node:process';
import { BENCHMARKS } from './benchmarks.ts';
import { formatResults } from './format-results.ts';
import { readOptions } from './read-options.ts';
import { PROGRAM_FLAG } from './process/program-flag.ts';
import { serveProgram } from './process/serve-program.ts';
import { runBenchmarks } from './run-benchmarks.ts';

// Every side of a comparison is this same file in a process of its own. Nothing is awaited at the top: the parts that
// a program loads later import from the bundle's main file, and would wait for its end.
if (process.argv[2] === PROGRAM_FLAG) serveProgram(process.argv.slice(3));
else void main().then((status) => (process.exitCode = status));

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), BENCHMARKS);
  if (!options.ok) {
    const names = BENCHMARKS.map(({ name }) => name).join(', ');
    process.stderr.write(
      `bench: ${options.complaint}\nUsage: bench [--quick] [--only NAME]... [--json], NAME being one of: ${names}\n`,
    );
    return 2;
  }
  const { results, failures } = await runBenchmarks(options.chosen, {
    quick: options.quick,
    say: (text) => process.stderr.write(text),
  });
  process.stdout.write(options.json ? `${JSON.stringify(results, null, 2)}\n` : formatResults(results));
  for (const failure of failures) process.stderr.write(`bench: ${failure}\n`);
  return failures.length === 0 ? 0 : 1;
}
