import type { Place } from './effects.ts';

/** A message that waits for a time. */
export interface Delayed extends Place {
  /** ms since 1970. */
  readonly dueAt: number;
}

/**
 * The messages of a queue that wait for a time, as many as fit, those that are due first. The others are known only by
 * the records on the server: when the window is empty it is filled from there. So memory does not grow with what waits.
 */
export class DelayedWindow {
  /** In order of due time, then position. */
  #waiting: Delayed[];
  readonly #byPosition: Map<number, Delayed>;
  readonly #max: number;
  /** Messages that are due at this time or later may stand outside. */
  #horizon: number;

  /** A window that has to be filled, unless nothing waits. */
  constructor(max: number, { isEmpty }: { readonly isEmpty: boolean }) {
    this.#max = max;
    this.#waiting = [];
    this.#byPosition = new Map();
    this.#horizon = isEmpty ? Infinity : -Infinity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether some that wait may be known only by their records. */
  get isPartial(): boolean {
    return this.#horizon !== Infinity;
  }

  get first(): Delayed | undefined {
    return this.#waiting[0];
  }

  get(position: number): Delayed | undefined {
    return this.#byPosition.get(position);
  }

  /** Answers the message that has no place in the window any more: this one, or another. */
  add(delayed: Delayed): Delayed | undefined {
    if (delayed.dueAt >= this.#horizon) return delayed;
    this.#insert(delayed);
    if (this.#waiting.length <= this.#max) return undefined;
    const last = this.#waiting.pop() as Delayed; // it holds more than `max`
    this.#byPosition.delete(last.position);
    this.#horizon = last.dueAt;
    return last;
  }

  takeFirst(): Delayed | undefined {
    const first = this.#waiting.shift();
    if (first !== undefined) this.#byPosition.delete(first.position);
    return first;
  }

  remove(position: number): void {
    if (!this.#byPosition.delete(position)) return;
    this.#waiting = this.#waiting.filter((delayed) => delayed.position !== position);
  }

  /** Takes all that wait, in any order, and keeps those that are due first. */
  fill(all: Iterable<Delayed>): void {
    this.clear();
    for (const delayed of all) this.add(delayed);
  }

  clear(): void {
    this.#waiting = [];
    this.#byPosition.clear();
    this.#horizon = Infinity;
  }

  *[Symbol.iterator](): Iterator<Delayed> {
    yield* this.#waiting;
  }

  #insert(delayed: Delayed): void {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#waiting[middle] as Delayed, delayed)) low = middle + 1; // it lies between the two
      else high = middle;
    }
    this.#waiting.splice(low, 0, delayed);
    this.#byPosition.set(delayed.position, delayed);
  }
}

function isBefore(a: Delayed, b: Delayed): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.position < b.position);
}
