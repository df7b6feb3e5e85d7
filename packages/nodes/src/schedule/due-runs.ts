import type { Occurrences } from './occurrences.ts';

/** Runs that are this late count as punctual: polls come late when the machine or the wires behind are busy. */
const GRACE_MS = 60_000;
/** How far back missed runs are counted. */
const COUNTED_MAX = 1_000;

export interface MissedPolicy {
  readonly missed: 'skip' | 'one' | 'all';
  /** Of `all`: the newest ones. */
  readonly missedLimit: number;
}

export interface DueRuns {
  /** Times to run for, oldest first. */
  readonly runs: readonly number[];
  /** Times that are left out, `COUNTED_MAX` at most. */
  readonly leftOut: number;
  /** All times up to this one are dealt with. */
  readonly upTo: number;
}

/** Which runs are due now, given that all times up to `doneUpTo` are dealt with. */
export function dueRuns(request: {
  readonly occurrences: Occurrences;
  readonly policy: MissedPolicy;
  readonly doneUpTo: number;
  readonly now: number;
  /** How much later than its time a run starts. */
  readonly delayOf: (time: number) => number;
}): DueRuns {
  const { occurrences, policy, doneUpTo, now, delayOf } = request;
  const limit = policy.missed === 'all' ? policy.missedLimit : 1;

  const due: number[] = [];
  let uncounted = 0;
  let time = occurrences.atOrBefore(now);
  // Backwards, because after a long stop only the newest matter.
  while (time !== undefined && time > doneUpTo) {
    // Only the newest can still be waiting for its delay.
    if (due.length > 0 || time + delayOf(time) <= now) {
      if (due.length < limit) due.push(time);
      else uncounted += 1;
    }
    if (uncounted >= COUNTED_MAX) break;
    time = occurrences.atOrBefore(time - 1);
  }
  const newest = due[0];
  if (newest === undefined) return { runs: [], leftOut: 0, upTo: doneUpTo };

  const isLate = now - newest > GRACE_MS + delayOf(newest);
  if (policy.missed === 'skip' && isLate) return { runs: [], leftOut: uncounted + 1, upTo: newest };
  return { runs: due.reverse(), leftOut: uncounted, upTo: newest };
}
