import type { LeaseSource } from '@sluice/engine';
import type { Effect } from './effects.ts';
import { sourceName } from './ready-listeners.ts';
import type { StoreState } from './store-state.ts';
import type { StreamName } from './streams.ts';
import type { Write } from './writes.ts';

/** Streams that all queues and logs share. */
export type SharedStream = 'records' | 'expiries' | 'letters';

/** The next sequence number of each shared stream. Only the owner writes, so it knows. */
export type SharedEnds = Record<SharedStream, number>;

/**
 * What one entry of the journal will say. Works that arrive together share a batch: each is checked against memory, which
 * already holds the effects of those before it.
 */
export class Batch {
  readonly state: StoreState;
  readonly effects: Effect[] = [];
  readonly writes: Write[] = [];
  /** Names of sources that have something to lease once this is durable. */
  readonly becameReady = new Set<string>();
  readonly #ends: SharedEnds;

  constructor(state: StoreState, ends: SharedEnds) {
    this.state = state;
    this.#ends = ends;
  }

  get isEmpty(): boolean {
    return this.effects.length === 0 && this.writes.length === 0;
  }

  readonly apply = (effect: Effect): void => {
    this.state.apply(effect);
    this.effects.push(effect);
  };

  /** Puts a text at the end of a shared stream; answers its sequence number. */
  put(stream: SharedStream, subject: string, text: string): number {
    const sequence = this.#ends[stream];
    this.#ends[stream] += 1;
    this.writes.push({ do: 'put', stream, sequence, subject, text });
    return sequence;
  }

  /** Forgets what stands under a subject now, or under all that a filter covers. */
  forget(stream: SharedStream, filter: string): void {
    this.writes.push({ do: 'remove-before', stream, sequence: this.#ends[stream], filter });
  }

  write(write: Write): void {
    this.writes.push(write);
  }

  remove(stream: StreamName, sequence: number): void {
    this.writes.push({ do: 'remove', stream, sequence });
  }

  tellReady(source: LeaseSource): void {
    this.becameReady.add(sourceName(source));
  }
}
