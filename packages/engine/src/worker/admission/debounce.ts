import type { DebouncePlan } from '../../plan/node-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Lease } from '../../ports/message-store.ts';
import { ADMIT, FORGET_AFTER_MS, isLater, keyOf, KEYS_MAX, LATER_MAX_MS, type Subject, type Verb } from './verb.ts';

interface Burst {
  /** The last message that has been seen. */
  latest: { readonly place: string; readonly lease: Lease };
  /** monotonic ms */
  readonly firstSeenMs: number;
  dueAtMs: number;
}

/**
 * Of messages in quick succession only the last is worked on: one waits on its wire until `periodMs` have passed without
 * another of its key, or `maxWaitMs` since the first, and is discarded as soon as a later one has been seen. Time counts
 * from when a message is seen, so a backlog is debounced as well. A message without a value at the path passes.
 *
 * On a log this is done from the log itself (`decideInRun`): here its messages pass.
 *
 * A retry is not debounced again, and is discarded when a later message has been started meanwhile: the last one wins.
 *
 * Memory: one entry per key that waits or has started something, at most `KEYS_MAX`; what has started is forgotten first,
 * longest ago first. While all entries wait, messages of further keys wait a period at a time, and pass after `maxWaitMs`.
 */
export function createDebounce(plan: DebouncePlan, clock: Clock): Verb {
  const bursts = new Map<string, Burst>();
  /** The last message of each key that was started. */
  const started = new Map<string, Lease>();
  /** Given back untried when a later one had been started already. */
  const overtaken = new Set<string>();

  const later = (dueAtMs: number) => {
    const ms = Math.max(1, Math.min(LATER_MAX_MS, dueAtMs - clock.monotonicMs()));
    return { kind: 'later', dueAt: clock.now() + Math.ceil(ms) } as const;
  };

  const keyIn = (subject: Subject): string | undefined =>
    subject.held.lease.source.kind === 'group' ? undefined : keyOf(subject, plan.key);

  const makePlace = (): boolean => {
    if (bursts.size + started.size < KEYS_MAX) return true;
    for (const key of started.keys()) {
      started.delete(key);
      return true;
    }
    // A message that does not come back was purged, or has expired.
    const lostBefore = clock.monotonicMs() - FORGET_AFTER_MS;
    for (const [key, { dueAtMs }] of bursts) if (dueAtMs < lostBefore) bursts.delete(key);
    return bursts.size < KEYS_MAX;
  };

  const begin = (key: string, { place, held: { lease } }: Subject, waitMs: number): Burst | undefined => {
    if (!makePlace()) return undefined;
    const now = clock.monotonicMs();
    const burst = { latest: { place, lease }, firstSeenMs: now, dueAtMs: now + waitMs };
    bursts.set(key, burst);
    return burst;
  };

  return {
    judge(subject) {
      const { place, held } = subject;
      const { lease } = held;
      const key = keyIn(subject);
      if (key === undefined) return ADMIT;
      const last = started.get(key);
      const burst = bursts.get(key);
      const isRetry = lease.message.attempt > 1;
      const isOvertaken = overtaken.delete(place) || (isRetry && last !== undefined && isLater(last, lease));
      if (isOvertaken) return { kind: 'discard', reason: 'debounced' };
      if (burst === undefined) {
        if (isRetry) return ADMIT;
        const begun = begin(key, subject, Math.min(plan.periodMs, plan.maxWaitMs));
        if (begun !== undefined) return later(begun.dueAtMs);
        const hasWaited = clock.now() - lease.message.enqueuedAt > plan.maxWaitMs;
        return hasWaited ? ADMIT : later(clock.monotonicMs() + plan.periodMs);
      }
      if (burst.latest.place !== place) {
        if (isLater(burst.latest.lease, lease)) return { kind: 'discard', reason: 'debounced' };
        burst.latest = { place, lease };
        burst.dueAtMs = Math.min(clock.monotonicMs() + plan.periodMs, burst.firstSeenMs + plan.maxWaitMs);
      }
      return clock.monotonicMs() >= burst.dueAtMs ? ADMIT : later(burst.dueAtMs);
    },
    started(subject) {
      const key = keyIn(subject);
      if (key === undefined) return;
      if (bursts.get(key)?.latest.place === subject.place) bursts.delete(key);
      started.delete(key);
      if (makePlace()) started.set(key, subject.held.lease);
    },
    ended(subject, end) {
      if (end.kind !== 'released') return;
      const key = keyIn(subject);
      if (key === undefined || bursts.has(key)) return;
      const last = started.get(key);
      if (last !== undefined && isLater(last, subject.held.lease)) {
        if (overtaken.size < KEYS_MAX) overtaken.add(subject.place);
        return;
      }
      // It has waited already: unless another comes meanwhile, it passes when it is there again.
      begin(key, subject, 0);
    },
  };
}
