import type { Clock, Timer } from '../ports/clock.ts';
import type { Lease, MessageStore } from '../ports/message-store.ts';
import type { DiscardReason } from './admission/verb.ts';

/** A lease in the hand of a feed. */
export interface Held {
  readonly lease: Lease;
  /** When it was taken or last prolonged; monotonic ms, not later than the store saw it. */
  renewedAtMs: number;
  /** Another may have it: nothing of this work is stored. */
  lost: boolean;
  /** Its work is over and its commit on the way: whether it is lost, the answer to that will say. */
  settling: boolean;
  /** Ends the work on it. Set while there is work. */
  cancel: (() => void) | undefined;
  /** Another message takes its place: when its work is cancelled it leaves its wire for this reason. */
  discardAs: DiscardReason | undefined;
}

/**
 * Prolongs the leases of one feed at a third of the visibility, so that a message whose worker is alive stays with it
 * however long the work takes, and one whose process stands still goes to another. A lease that can no longer be
 * prolonged is lost: its work is cancelled, and what it would have stored is refused by its token anyway.
 */
export interface Heartbeat {
  hold(lease: Lease, takenAtMs: number): Held;
  letGo(held: Held): void;
  inHand(): number;
  /** The process stood still for so long that leases may have run out: prolong them before the feed takes any back from itself. */
  caughtUp(): Promise<void> | undefined;
  stop(): void;
}

export function createHeartbeat(parts: {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'extend'>;
  readonly visibilityMs: number;
  readonly onLost: (lease: Lease) => void;
  readonly fail: (error: unknown) => void;
}): Heartbeat {
  const { clock, store, visibilityMs } = parts;
  const beatMs = Math.floor(visibilityMs / 3);
  const inHand = new Set<Held>();
  let timer: Timer | undefined;
  let beating: Promise<void> | undefined;

  const renew = async (held: Held): Promise<void> => {
    const askedAtMs = clock.monotonicMs();
    const extended = await store.extend(held.lease, visibilityMs);
    if (extended !== undefined) held.renewedAtMs = askedAtMs;
    else if (inHand.has(held)) lose(held);
  };

  const lose = (held: Held): void => {
    inHand.delete(held);
    if (held.settling) return;
    held.lost = true;
    parts.onLost(held.lease);
    held.cancel?.();
  };

  /** Those that would not live to see the beat after the next one with time to spare. Short work is never prolonged. */
  const beat = (): Promise<void> => {
    const youngerMs = clock.monotonicMs() - beatMs / 2;
    const due = [...inHand].filter((held) => held.renewedAtMs <= youngerMs);
    beating ??= Promise.all(due.map(renew)).then(
      () => {
        beating = undefined;
      },
      (error: unknown) => {
        beating = undefined;
        parts.fail(error);
      },
    );
    return beating;
  };

  const beatLater = (): void => {
    timer = clock.setTimer(beatMs, () => {
      timer = undefined;
      if (inHand.size === 0) return;
      beatLater();
      void beat();
    });
  };

  return {
    hold(lease, takenAtMs) {
      const held: Held = {
        lease,
        renewedAtMs: takenAtMs,
        lost: false,
        settling: false,
        cancel: undefined,
        discardAs: undefined,
      };
      inHand.add(held);
      if (timer === undefined) beatLater();
      return held;
    },
    letGo: (held) => void inHand.delete(held),
    inHand: () => inHand.size,
    caughtUp() {
      // The oldest come first: a renewal keeps the place.
      for (const held of inHand) {
        const isLate = clock.monotonicMs() - held.renewedAtMs > 2 * beatMs;
        return isLate || beating !== undefined ? beat() : undefined;
      }
      return undefined;
    },
    stop() {
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
    },
  };
}
