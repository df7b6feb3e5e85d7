import type { DeadLetter, DeadLetterFilter, DeadLetterGroup } from '@sluice/engine';
import { LetterGroups } from './letter-groups.ts';
import { letterBytes } from './message-bytes.ts';

/** The dead letters of one pipeline, numbered in the order in which they died. */
export class DeadLetterShelf {
  readonly #letters = new Map<number, DeadLetter>();
  readonly #numbers = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  readonly #groups = new LetterGroups();
  #nextNumber = 1;
  #bytes = 0;

  get usage(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#letters.size, bytes: this.#bytes };
  }

  get(letterId: string): DeadLetter | undefined {
    return this.#letters.get(this.#numbers.get(letterId) ?? 0);
  }

  /** A letter whose id is known replaces the earlier one and counts as new. */
  put(letter: DeadLetter): void {
    this.take(letter.id);
    const kept = this.#groups.place(letter);
    this.#letters.set(this.#nextNumber, kept);
    this.#numbers.set(kept.id, this.#nextNumber);
    this.#nextNumber += 1;
    this.#bytes += letterBytes(kept);
    this.#count(kept.nodeId, 1);
    this.#groups.add(kept);
  }

  take(letterId: string): void {
    const letter = this.get(letterId);
    if (letter === undefined) return;
    this.#letters.delete(this.#numbers.get(letterId) ?? 0);
    this.#numbers.delete(letterId);
    this.#bytes -= letterBytes(letter);
    this.#count(letter.nodeId, -1);
    this.#groups.remove(letter);
  }

  /** Nothing when `before` is unknown. */
  list(request: DeadLetterFilter & { readonly limit: number; readonly before?: string }): readonly DeadLetter[] {
    const { limit, before } = request;
    const letters: DeadLetter[] = [];
    const start = before === undefined ? this.#nextNumber : (this.#numbers.get(before) ?? 0);
    for (let number = start - 1; number > 0 && letters.length < limit; number -= 1) {
      const letter = this.#letters.get(number);
      if (letter !== undefined && isMeant(letter, request)) letters.push(letter);
    }
    return letters;
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  groups(): readonly DeadLetterGroup[] {
    return this.#groups.list();
  }

  #count(nodeId: string, change: number): void {
    const count = (this.#counts.get(nodeId) ?? 0) + change;
    if (count === 0) this.#counts.delete(nodeId);
    else this.#counts.set(nodeId, count);
  }
}

function isMeant(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return (
    (filter.nodeId === undefined || letter.nodeId === filter.nodeId) &&
    (filter.wireId === undefined || letter.wireId === filter.wireId) &&
    (filter.reason === undefined || letter.reason === filter.reason) &&
    (filter.cause === undefined || letter.cause === filter.cause) &&
    (filter.since === undefined || letter.deadAt >= filter.since) &&
    (filter.until === undefined || letter.deadAt < filter.until)
  );
}
