import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { BreakerPlan } from '../plan/node-plan.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

const SLOTS = 10;
/** Doubling of the open time stops here, unless the document asks for a longer one. */
const OPEN_MS_MAX = 60_000;

/**
 * Circuit breaker of one target.
 *
 * | state     | event                                              | next      |
 * | --------- | -------------------------------------------------- | --------- |
 * | closed    | failure share >= rate over >= minimumCalls          | open      |
 * | open      | open time over, someone asks `admit`               | half-open |
 * | half-open | a probe fails                                      | open, for twice as long (at most a minute, 20 % jitter) |
 * | half-open | all probes succeed                                 | closed    |
 *
 * Calls that were admitted before it opened still report; their results count only while it is closed.
 */
export interface Breaker {
  state(): BreakerState;
  /** Milliseconds until a probe may be admitted; 0 when `admit` would let a call through now. `Infinity`: probes are out. */
  waitMs(): number;
  /** Lets a call through, or not. Every admitted call must be reported by `settle` with the ticket. */
  admit(): BreakerTicket | undefined;
  settle(ticket: BreakerTicket, outcome: 'success' | 'failure' | 'unknown'): void;
  /** When it opened, wall time in ms; `undefined` while closed. */
  openSince(): number | undefined;
}

export interface BreakerTicket {
  readonly probe: boolean;
  readonly era: number;
}

export function createBreaker(parts: {
  readonly plan: BreakerPlan;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: (state: BreakerState) => void;
}): Breaker {
  const { plan, clock, random } = parts;
  const slotMs = Math.max(1, plan.windowMs / SLOTS);
  const calls = new Float64Array(SLOTS);
  const failures = new Float64Array(SLOTS);
  let slot = Math.floor(clock.monotonicMs() / slotMs);
  let state: BreakerState = 'closed';
  let openUntil = 0;
  let openSince: number | undefined;
  let openings = 0;
  let era = 0;
  let probesOut = 0;
  let probesSucceeded = 0;

  const turnTo = (next: BreakerState): void => {
    state = next;
    era += 1;
    probesOut = 0;
    probesSucceeded = 0;
    parts.onChange(next);
  };

  const open = (): void => {
    const ceiling = Math.max(OPEN_MS_MAX, plan.openForMs);
    const openMs = Math.min(ceiling, plan.openForMs * 2 ** Math.min(openings, 30));
    openings += 1;
    openUntil = clock.monotonicMs() + openMs * (0.8 + 0.4 * random.next());
    openSince ??= clock.now();
    turnTo('open');
  };

  const close = (): void => {
    calls.fill(0);
    failures.fill(0);
    openings = 0;
    openSince = undefined;
    turnTo('closed');
  };

  const turnWindow = (): void => {
    const current = Math.floor(clock.monotonicMs() / slotMs);
    const steps = Math.min(SLOTS, current - slot);
    for (let step = 1; step <= steps; step += 1) {
      calls[(slot + step) % SLOTS] = 0;
      failures[(slot + step) % SLOTS] = 0;
    }
    slot = current;
  };

  const count = (failed: boolean): void => {
    turnWindow();
    const index = slot % SLOTS;
    calls[index] = (calls[index] ?? 0) + 1;
    if (failed) failures[index] = (failures[index] ?? 0) + 1;
    const total = calls.reduce((sum, value) => sum + value, 0);
    const failed_ = failures.reduce((sum, value) => sum + value, 0);
    if (total >= plan.minimumCalls && failed_ / total >= plan.failureRate) open();
  };

  return {
    state: () => state,
    openSince: () => openSince,
    waitMs() {
      if (state === 'closed') return 0;
      if (state === 'open') return Math.max(0, openUntil - clock.monotonicMs());
      return probesOut + probesSucceeded < plan.probes ? 0 : Number.POSITIVE_INFINITY;
    },
    admit() {
      if (state === 'open' && clock.monotonicMs() >= openUntil) turnTo('half-open');
      if (state === 'open') return undefined;
      if (state === 'half-open') {
        if (probesOut + probesSucceeded >= plan.probes) return undefined;
        probesOut += 1;
        return { probe: true, era };
      }
      return { probe: false, era };
    },
    settle(ticket, outcome) {
      if (ticket.era !== era) return;
      if (!ticket.probe) {
        if (outcome !== 'unknown') count(outcome === 'failure');
        return;
      }
      probesOut -= 1;
      if (outcome === 'failure') open();
      if (outcome === 'success') {
        probesSucceeded += 1;
        if (probesSucceeded >= plan.probes) close();
      }
      // An unknown outcome (cancelled, refused before the target was asked) only gives the place back.
      if (outcome === 'unknown') parts.onChange(state);
    },
  };
}
