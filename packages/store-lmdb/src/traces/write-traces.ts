import type { Clock, TraceBounds, TraceHop } from '@sluice/engine';
import type { DatabaseFile } from '../database-file.ts';
import { StoreClosedError } from '../store-errors.ts';
import { COUNTS_KEY, entriesOf, hopKey, numberOf } from './trace-keys.ts';

export type TraceFile = DatabaseFile<'hops' | 'index'>;

interface Counts {
  readonly hops: number;
  readonly bytes: number;
}

interface Recorded {
  readonly number: number;
  readonly hop: TraceHop;
  readonly text: string;
}

/** Beside as many as it puts, one transaction removes at most this many: old hops may be many at once. */
const REMOVED_MAX = 1_000;

/**
 * Writes and trims, one transaction at a time; each call waits for those before it. A transaction that fails changes
 * nothing: its caller is told, and the next one is tried.
 */
export class TraceWriter {
  readonly #file: TraceFile;
  readonly #bounds: TraceBounds;
  readonly #clock: Clock;
  #counts: Counts;
  /** Of the next hop. */
  #next: number;
  #line: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(file: TraceFile, options: { readonly bounds: TraceBounds; readonly clock: Clock }) {
    this.#file = file;
    this.#bounds = options.bounds;
    this.#clock = options.clock;
    const text = file.databases.index.get(COUNTS_KEY);
    this.#counts = text === undefined ? { hops: 0, bytes: 0 } : (JSON.parse(text) as Counts); // written by `#transact`
    const [last] = file.databases.hops.getKeys({ reverse: true, limit: 1 });
    this.#next = last === undefined ? 1 : numberOf(last) + 1;
  }

  /** No hop has this number yet, nor a larger one. */
  get next(): number {
    return this.#next;
  }

  assertOpen(): void {
    if (this.#isClosed) throw new StoreClosedError();
  }

  async record(hops: readonly TraceHop[]): Promise<void> {
    if (hops.length > 0) await this.#inLine(() => this.#transact(hops, []));
  }

  /** Removes what is beyond the bounds, and answers what is left. */
  usage(): Promise<Counts> {
    return this.#inLine(async () => {
      while (this.#beyond([]).length > 0) await this.#transact([], []);
      return this.#counts;
    });
  }

  /** Those of the numbers that are there. */
  async remove(numbers: readonly number[]): Promise<void> {
    await this.#inLine(() => this.#transact([], numbers));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#line;
  }

  #inLine<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#isClosed ? Promise.reject(new StoreClosedError()) : this.#line.then(act);
    this.#line = result.catch(() => undefined); // its caller is told
    return result;
  }

  async #transact(hops: readonly TraceHop[], numbers: readonly number[]): Promise<void> {
    const recorded = hops.map((hop, at) => ({ hop, number: this.#next + at, text: JSON.stringify(hop) }));
    const gone = numbers.length > 0 ? numbers.flatMap((number) => this.#at(number) ?? []) : this.#beyond(recorded);
    const isGone = new Set(gone.map(({ number }) => number));
    const put = recorded.filter(({ number }) => !isGone.has(number));
    const removed = gone.filter(({ number }) => number < this.#next);
    const counts = {
      hops: this.#counts.hops + put.length - removed.length,
      bytes: this.#counts.bytes + bytesOf(put) - bytesOf(removed),
    };
    const entries = { put: put.flatMap(entriesOf), removed: removed.flatMap(entriesOf) };
    const { hops: hopsDatabase, index } = this.#file.databases;
    // The promises of single writes settle with the transaction, which is the one that is waited for.
    await this.#file.transact(() => {
      for (const { number } of removed) void hopsDatabase.remove(hopKey(number));
      for (const { key } of entries.removed) void index.remove(key);
      for (const { number, text } of put) void hopsDatabase.put(hopKey(number), text);
      for (const { key, value } of entries.put) void index.put(key, value);
      void index.put(COUNTS_KEY, JSON.stringify(counts));
    });
    this.#counts = counts;
    this.#next += recorded.length;
  }

  /** What has to go when these are added, in the order in which it was recorded; not more than one transaction takes. */
  #beyond(added: readonly Recorded[]): readonly Recorded[] {
    const horizon = this.#clock.now() - this.#bounds.ageMs;
    const max = REMOVED_MAX + added.length;
    let hops = this.#counts.hops + added.length;
    let bytes = this.#counts.bytes + bytesOf(added);
    const gone: Recorded[] = [];
    for (const one of this.#all(added)) {
      if (hops <= this.#bounds.hops && bytes <= this.#bounds.bytes && one.hop.at >= horizon) break;
      hops -= 1;
      bytes -= Buffer.byteLength(one.text);
      gone.push(one);
      if (gone.length === max) break;
    }
    return gone;
  }

  *#all(added: readonly Recorded[]): Generator<Recorded> {
    for (const { key, value } of this.#file.databases.hops.getRange({})) yield recordedFrom(numberOf(key), value);
    yield* added;
  }

  #at(number: number): Recorded | undefined {
    const text = this.#file.databases.hops.get(hopKey(number));
    return text === undefined ? undefined : recordedFrom(number, text);
  }
}

function recordedFrom(number: number, text: string): Recorded {
  return { number, text, hop: JSON.parse(text) as TraceHop }; // written by `#transact`
}

function bytesOf(recorded: readonly Recorded[]): number {
  return recorded.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}
