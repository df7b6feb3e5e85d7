import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';

export type OptionsReading =
  | { readonly ok: true; readonly quick: boolean; readonly json: boolean; readonly chosen: readonly Benchmark[] }
  | { readonly ok: false; readonly complaint: string };

/** Reads `[--quick] [--only NAME] [--json]`; `--only` may be given several times. */
export function readOptions(args: readonly string[], benchmarks: readonly Benchmark[]): OptionsReading {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
      },
    });
    const { quick, json, only } = values;
    const unknown = only?.find((wanted) => !benchmarks.some(({ name }) => name === wanted));
    if (unknown !== undefined) return { ok: false, complaint: `"${unknown}" is not a benchmark.` };
    return { ok: true, quick, json, chosen: benchmarks.filter(({ name }) => only?.includes(name) ?? true) };
  } catch (error) {
    // What `parseArgs` throws is about what was typed.
    if (error instanceof TypeError) return { ok: false, complaint: error.message };
    throw error;
  }
}
