import type { Anomaly } from './history/checkers.ts';

/** A finding that no checker of histories makes. */
export function finding(detail: string): Anomaly {
  return { name: 'other', detail };
}

/** One finding unless `holds`. */
export function expectThat(holds: boolean, detail: string): readonly Anomaly[] {
  return holds ? [] : [finding(detail)];
}
