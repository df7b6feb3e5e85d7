import type { Entry } from './memory-entry.ts';
import { MinHeap } from './min-heap.ts';

interface LeaseEnd {
  readonly entry: Entry;
  readonly token: number;
  readonly endsAtMs: number;
}

/** When the leases of a queue end. Those that were settled or prolonged are passed over when their time comes. */
export class LeaseEnds {
  readonly #ends = new MinHeap<LeaseEnd>((a, b) => a.endsAtMs < b.endsAtMs);

  watch(entry: Entry, inHand: number): void {
    this.#ends.push({ entry, token: entry.token, endsAtMs: entry.endsAtMs });
    // Settled leases leave their end behind; without this, memory would grow with what was settled within one lease time.
    if (this.#ends.size > 2 * inHand + 1_024) this.#ends.keepOnly(isRunning);
  }

  /** Lets those whose time has come expire, and answers them. */
  expire(monotonicMs: number): readonly Entry[] {
    const expired: Entry[] = [];
    for (let end = this.#ends.peek(); end !== undefined && end.endsAtMs <= monotonicMs; end = this.#ends.peek()) {
      this.#ends.pop();
      if (!isRunning(end)) continue;
      end.entry.state = 'expired'; // at once: it may have been prolonged twice to the same moment
      expired.push(end.entry);
    }
    return expired;
  }

  clear(): void {
    this.#ends.clear();
  }
}

function isRunning({ entry, token, endsAtMs }: LeaseEnd): boolean {
  return entry.state === 'in-hand' && entry.token === token && entry.endsAtMs === endsAtMs;
}
