import type { NodePlan } from '../../plan/node-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  ADMIT,
  FORGET_AFTER_MS,
  isLater,
  keyOf,
  KEYS_MAX,
  WAIT,
  type Subject,
  type Verb,
  type Verdict,
} from './verb.ts';

interface Holder {
  readonly subject: Subject;
  /** While it waits for its retry: forgotten after this, monotonic ms. `undefined`: it is worked on. */
  retryUntilMs: number | undefined;
}

interface Place {
  holder: Holder;
  /** Cancel: the newest, which takes the place when the holder has come to its end. */
  next: Subject | undefined;
}

/**
 * One message of a key at a time, from the first try to its end, the waits between tries included. What comes meanwhile
 * is discarded (`skip`), or takes its place (`cancel`): the message in work is cancelled and discarded, what it had done
 * outside stays done, and of several that come only the newest is kept. A message without a value at the path passes.
 *
 * Memory: one entry per key that is worked on or waits for a retry, at most `KEYS_MAX`; beyond, the one whose retry is due
 * first is forgotten, and counts as ended.
 */
export function createSingleton(plan: NonNullable<NodePlan['singleton']>, clock: Clock): Verb {
  const places = new Map<string, Place>();
  /** Waiting for a retry when a newer one took their place; by when they are forgotten, monotonic ms. */
  const overtaken = new Map<string, number>();

  const discard = (reason: 'singleton-skipped' | 'singleton-cancelled'): Verdict => ({ kind: 'discard', reason });

  const placeOf = (key: string): Place | undefined => {
    const place = places.get(key);
    const retryUntilMs = place?.holder.retryUntilMs;
    if (retryUntilMs === undefined || retryUntilMs >= clock.monotonicMs()) return place;
    places.delete(key);
    return undefined;
  };

  const makePlace = (): void => {
    if (places.size < KEYS_MAX) return;
    let first: { readonly key: string; readonly untilMs: number } | undefined;
    for (const [key, { holder }] of places) {
      const untilMs = holder.retryUntilMs;
      if (untilMs !== undefined && (first === undefined || untilMs < first.untilMs)) first = { key, untilMs };
    }
    if (first !== undefined) places.delete(first.key);
  };

  const overtake = (place: string, untilMs: number): void => {
    const now = clock.monotonicMs();
    for (const [other, otherUntilMs] of overtaken) if (otherUntilMs < now) overtaken.delete(other);
    if (overtaken.size < KEYS_MAX) overtaken.set(place, untilMs);
  };

  /** The newest of all takes the place, when it is free. */
  const takeOver = (place: Place, subject: Subject): Verdict => {
    const { holder, next } = place;
    const newest = next ?? holder.subject;
    if (newest.place !== subject.place && isLater(newest.held.lease, subject.held.lease))
      return discard('singleton-cancelled');
    if (holder.retryUntilMs !== undefined) {
      overtake(holder.subject.place, holder.retryUntilMs);
      return ADMIT;
    }
    place.next = subject;
    const { held } = holder.subject;
    if (held.discardAs === undefined && held.cancel !== undefined) {
      held.discardAs = 'singleton-cancelled';
      held.cancel();
    }
    return WAIT;
  };

  return {
    judge(subject) {
      const key = keyOf(subject, plan.key);
      if (key === undefined) return ADMIT;
      if (overtaken.delete(subject.place)) return discard('singleton-cancelled');
      const place = placeOf(key);
      if (place === undefined) return ADMIT;
      const { holder } = place;
      // Handed out anew after a lost lease: the work that lost it is about to end.
      if (holder.subject.place === subject.place)
        return holder.subject === subject || holder.retryUntilMs !== undefined ? ADMIT : WAIT;
      return plan.mode === 'skip' ? discard('singleton-skipped') : takeOver(place, subject);
    },
    started(subject) {
      const key = keyOf(subject, plan.key);
      if (key === undefined) return;
      if (!places.has(key)) makePlace();
      places.set(key, { holder: { subject, retryUntilMs: undefined }, next: undefined });
    },
    ended(subject, end) {
      const key = keyOf(subject, plan.key);
      const place = key === undefined ? undefined : places.get(key);
      if (key === undefined || place?.holder.subject !== subject) return;
      const untilMs = untilOf(end, clock);
      if (untilMs === undefined) places.delete(key);
      else if (place.next === undefined) place.holder.retryUntilMs = untilMs;
      else {
        // A newer one waits in hand: this one is not to come again.
        overtake(subject.place, untilMs);
        places.delete(key);
      }
    },
  };
}

/** Until when a message that comes again keeps its place; monotonic ms. */
function untilOf(end: Parameters<Verb['ended']>[1], clock: Clock): number | undefined {
  if (end.kind === 'over') return undefined;
  const waitMs = end.kind === 'retry' ? Math.max(0, end.dueAt - clock.now()) : 0;
  return clock.monotonicMs() + waitMs + FORGET_AFTER_MS;
}
