import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Benchmark, Contender, Measured, Side } from './benchmark.ts';
import { AbsentError } from './peers/absent-error.ts';

export interface MeasureOptions {
  readonly quick: boolean;
  /** Each side gets a folder of its own below. */
  readonly folder: string;
  /** Told after every measurement, for whoever waits. */
  readonly onMeasured: (side: string, measured: Measured) => void;
}

/** What came of a side: one entry for each round, or why there is none. */
export type SideOutcome =
  | { readonly kind: 'measured'; readonly rounds: readonly Measured[] }
  | { readonly kind: 'absent'; readonly reason: string };

interface Opened {
  readonly name: string;
  readonly contender: Contender;
  readonly rounds: Measured[];
}

/**
 * Measures all sides in turn, so that whatever else the machine does meets all of them. The first measurement of each
 * side warms it up and does not count; who goes first changes with every round. Answers the outcome of each side by name.
 */
export async function measureSides(
  benchmark: Benchmark,
  options: MeasureOptions,
): Promise<ReadonlyMap<string, SideOutcome>> {
  const { quick, onMeasured } = options;
  const outcomes = new Map<string, SideOutcome>();
  const opened: Opened[] = [];
  try {
    for (const [index, side] of [...benchmark.ours, ...benchmark.others].entries()) {
      const folder = path.join(options.folder, `${benchmark.name}-${index}`);
      await mkdir(folder, { recursive: true });
      const contender = await openOrAbsent(side, { quick, folder });
      if (contender instanceof AbsentError) outcomes.set(side.name, { kind: 'absent', reason: contender.message });
      else opened.push({ name: side.name, contender, rounds: [] });
    }
    const rounds = benchmark.rounds ?? { quick: 3, full: 5 };
    const counted = quick ? rounds.quick : rounds.full;
    for (const { name, contender } of opened) onMeasured(name, await measure(name, contender));
    for (let round = 0; round < counted; round += 1) {
      const order = round % 2 === 0 ? opened : opened.toReversed();
      for (const { name, contender, rounds: found } of order) {
        const measured = await measure(name, contender);
        found.push(measured);
        onMeasured(name, measured);
      }
    }
  } finally {
    for (const { contender } of opened.reverse()) await contender[Symbol.asyncDispose]();
  }
  for (const { name, rounds } of opened) outcomes.set(name, { kind: 'measured', rounds });
  return outcomes;
}

async function openOrAbsent(
  side: Side,
  scale: { readonly quick: boolean; readonly folder: string },
): Promise<Contender | AbsentError> {
  try {
    return await side.open(scale);
  } catch (error) {
    if (error instanceof AbsentError) return error;
    throw new Error(`${side.name} could not be started`, { cause: error });
  }
}

/** A measurement that lasts longer hangs: a message was lost on the way. */
const MEASURE_DEADLINE_MS = 600_000;

async function measure(name: string, contender: Contender): Promise<Measured> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => overdue.reject(new Error(`it was not done after ${MEASURE_DEADLINE_MS / 1_000} s`)),
    MEASURE_DEADLINE_MS,
  );
  try {
    return await Promise.race([contender.measure(), overdue.promise]);
  } catch (error) {
    throw new Error(`${name} did not do its work`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
