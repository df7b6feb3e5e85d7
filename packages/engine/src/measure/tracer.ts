import type { Clock, Timer } from '../ports/clock.ts';
import type { HopKind, TraceHop, TraceStore } from '../ports/trace-store.ts';

/**
 * Decides which hops are kept and hands them to the store in batches. Of a message that fails, or is given up, everything
 * is kept that is still remembered from before, and everything that comes; of the others a share, the same messages at
 * every hop. Delivery never waits for it.
 */
export interface Tracer {
  /** Cheap. `sample`: share of messages that are kept anyway, from 0 to 1. */
  hop(hop: TraceHop, sample: number): void;
  /** Hands what is waiting to the store; resolves when it is there or was lost. */
  flush(): Promise<void>;
  /** Hops that found no place or that the store refused. */
  lost(): number;
  close(): Promise<void>;
}

/** Messages of which the way so far is remembered, in case that they fail. */
const REMEMBERED_MAX = 5_000;
/** Hops remembered of one message. */
const HOPS_MAX = 100;
/** Messages that failed, whose further hops are kept. */
const FAILED_MAX = 10_000;
/** Hops that wait for the store. */
const WAITING_MAX = 10_000;
const FLUSH_MS = 250;
const FLUSH_HOPS = 500;

const FAILURES: ReadonlySet<HopKind> = new Set([
  'failed',
  'retry',
  'dead-lettered',
  'expired',
  'discarded',
  'redriven',
  'replayed',
]);

export function createTracer(parts: {
  readonly store: TraceStore;
  readonly clock: Clock;
  /** The store refused hops; called with every batch that is lost. */
  readonly onLost: (error: unknown, hops: number) => void;
}): Tracer {
  const { store, clock } = parts;
  /** By correlation id, the one that was heard of least recently first. */
  const remembered = new Map<string, TraceHop[]>();
  const failed = new Set<string>();
  const eldestRemembered = remembered.keys();
  const eldestFailed = failed.keys();
  let waiting: TraceHop[] = [];
  let lost = 0;
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isClosed = false;

  const keep = (hops: readonly TraceHop[]): void => {
    for (const hop of hops) {
      if (waiting.length < WAITING_MAX) waiting.push(hop);
      else lost += 1;
    }
    if (waiting.length >= FLUSH_HOPS) void flush();
    else if (timer === undefined && !isClosed) {
      timer = clock.setTimer(FLUSH_MS, () => {
        timer = undefined;
        void flush();
      });
    }
  };

  const remember = (hop: TraceHop): void => {
    const { correlationId } = hop;
    const known = remembered.get(correlationId);
    if (known !== undefined) {
      remembered.delete(correlationId);
      if (known.length < HOPS_MAX) known.push(hop);
    }
    remembered.set(correlationId, known ?? [hop]);
    if (remembered.size > REMEMBERED_MAX) forgetFirst(remembered, eldestRemembered);
  };

  const flush = (): Promise<void> => {
    if (timer !== undefined) clock.clearTimer(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) {
      writing = writing
        .then(() => store.record(batch))
        .catch((error: unknown) => {
          lost += batch.length;
          parts.onLost(error, batch.length);
        });
    }
    return writing;
  };

  return {
    lost: () => lost,
    flush,
    hop(hop, sample) {
      const { correlationId } = hop;
      if (failed.has(correlationId) || isSampled(correlationId, sample)) {
        keep([hop]);
      } else if (FAILURES.has(hop.kind)) {
        failed.add(correlationId);
        if (failed.size > FAILED_MAX) forgetFirst(failed, eldestFailed);
        keep([...(remembered.get(correlationId) ?? []), hop]);
        remembered.delete(correlationId);
      } else {
        remember(hop);
      }
    },
    async close() {
      isClosed = true;
      await flush();
    },
  };
}

/** A pure function of the id, so that every hop of a message is decided alike. The ids are hashes: their first digits are chance. */
export function isSampled(correlationId: string, sample: number): boolean {
  if (sample >= 1) return true;
  if (sample <= 0) return false;
  return Number.parseInt(correlationId.slice(0, 8), 16) / 0x1_0000_0000 < sample;
}

/**
 * `eldest` goes through the keys once and for all: whatever it comes to is forgotten, so all that is known lies ahead of
 * it. A new iterator each time would step over the places of all that was forgotten since the table was last made anew.
 */
function forgetFirst(known: { delete(key: string): boolean }, eldest: Iterator<string, unknown>): void {
  const { done, value } = eldest.next();
  if (done !== true) known.delete(value);
}
