import type { Clock, Timer } from '../ports/clock.ts';
import type { Hold, RunningNode } from '../running/graph.ts';
import { holdOf, type Reach } from '../running/reach.ts';

/**
 * Says whether work may start at a node now, and if not, remembers why on the node, so that people can see it, and asks
 * again when the cause has a known end.
 */
export interface Holding {
  /** True when work may start. */
  mayStart(): boolean;
  /** True when the last `mayStart` said no. */
  held(): boolean;
  /** Something out of sight of the reach keeps work from starting (a full topic): hold for a while. */
  holdFor(by: string, text: string, ms: number): void;
  /** As `holdFor`, for as long as there is a cause. */
  holdWhile(cause: () => Omit<Hold, 'since'> | undefined): void;
  stop(): void;
}

export function createHolding(parts: {
  readonly node: RunningNode;
  readonly reach: Reach;
  readonly clock: Clock;
  /** Asks again. */
  readonly wake: () => void;
}): Holding {
  const { node, clock } = parts;
  let timer: Timer | undefined;
  let blockedUntil = 0;
  let held = false;
  let blocked: { readonly by: string; readonly text: string } | undefined;
  let lasting: (() => Omit<Hold, 'since'> | undefined) | undefined;

  const askAgainIn = (ms: number): void => {
    if (timer !== undefined) clock.clearTimer(timer);
    timer = clock.setTimer(Math.max(1, ms), () => {
      timer = undefined;
      parts.wake();
    });
  };

  return {
    mayStart() {
      const leftMs = blockedUntil - clock.monotonicMs();
      const lastingCause = lasting?.();
      if (lastingCause === undefined) lasting = undefined;
      const cause =
        leftMs > 0 && blocked !== undefined
          ? { ...blocked, full: true, waitMs: leftMs }
          : (lastingCause ?? holdOf(parts.reach, clock, 'feed'));
      held = cause !== undefined;
      if (cause === undefined) {
        node.hold = undefined;
        return true;
      }
      const since = node.hold?.by === cause.by ? node.hold.since : clock.now();
      node.hold = { ...cause, since };
      if (cause.waitMs !== undefined) askAgainIn(cause.waitMs);
      return false;
    },
    held: () => held,
    holdFor(by, text, ms) {
      blocked = { by, text };
      blockedUntil = clock.monotonicMs() + ms;
    },
    holdWhile(cause) {
      lasting = cause;
    },
    stop() {
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
    },
  };
}
