import type { NodePlan } from '../../plan/node-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import { createConcurrency } from './concurrency.ts';
import { createDebounce } from './debounce.ts';
import { createSingleton } from './singleton.ts';
import { createThrottle } from './throttle.ts';
import { ADMIT, WAIT, type End, type Subject, type Verb, type Verdict } from './verb.ts';

/**
 * The verbs of flow control on one node, all its feeds together. Debounce and singleton decide by what else has arrived,
 * whether a worker is free or not; throttle and concurrency decide when one is.
 */
export interface Admission {
  /** What becomes of a message that has just come; `wait`: a worker may take it. */
  sort(subject: Subject): Verdict;
  /** A worker is free for it. `admit`: its work has begun, and `ended` must follow. */
  start(subject: Subject): Verdict;
  ended(subject: Subject, end: End): void;
  /** True where later messages decide on earlier ones: then the wire is looked at while no worker is free, too. */
  readonly sortsAhead: boolean;
  /** True where some messages may start while others may not: then more are looked at than there are workers. */
  readonly looksAhead: boolean;
  /** True where a message in hand may wait for the end of another, perhaps in another feed. */
  readonly waitsForOthers: boolean;
  /** Until a worker may start anything at all; ms, 0 when it may now. */
  waitMs(): number;
  /** How many may start now, as far as it does not depend on which. */
  startsLeft(): number;
  /** No more that wait would be remembered: looking further ahead is of no use. */
  isFull(): boolean;
}

/** `undefined` where the node has no verbs: its feeds then hand over at once. */
export function createAdmission(plan: NodePlan, clock: Clock): Admission | undefined {
  const { debounce, singleton, throttle, concurrency } = plan;
  const sorting: Verb[] = [];
  // On a log the debouncing is done from the log itself.
  if (debounce !== undefined) sorting.push(createDebounce(debounce, clock));
  if (singleton !== undefined) sorting.push(createSingleton(singleton, clock));
  const throttling = throttle && createThrottle(throttle, clock);
  const limiting = concurrency && createConcurrency(concurrency, clock);
  const starting: Verb[] = [throttling, limiting].filter((verb) => verb !== undefined);
  const all = [...sorting, ...starting];
  if (all.length === 0) return undefined;
  return {
    sort(subject) {
      const verdict = firstThatObjects(sorting, subject);
      return verdict === ADMIT ? WAIT : verdict;
    },
    start(subject) {
      const verdict = firstThatObjects(all, subject);
      if (verdict === ADMIT) for (const verb of all) verb.started(subject);
      return verdict;
    },
    ended(subject, end) {
      for (const verb of all) verb.ended(subject, end);
    },
    sortsAhead: sorting.length > 0,
    looksAhead: sorting.length > 0 || concurrency !== undefined || throttle?.key !== undefined,
    waitsForOthers: singleton?.mode === 'cancel',
    waitMs: () => throttling?.waitMs() ?? 0,
    startsLeft: () => throttling?.startsLeft() ?? Number.POSITIVE_INFINITY,
    isFull: () => (throttling?.isFull() ?? false) || (limiting?.isFull() ?? false),
  };
}

function firstThatObjects(verbs: readonly Verb[], subject: Subject): Verdict {
  for (const verb of verbs) {
    const verdict = verb.judge(subject);
    if (verdict.kind !== 'admit') return verdict;
  }
  return ADMIT;
}
