import type { DeadLetter } from '@sluice/engine';

/** The dead letters of one pipeline, numbered in the order in which they died. */
export class DeadLetterShelf {
  readonly #letters = new Map<number, DeadLetter>();
  readonly #numbers = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #nextNumber = 1;

  /** A letter whose id is known replaces the earlier one and counts as new. */
  add(letter: DeadLetter): void {
    const known = this.#numbers.get(letter.id);
    if (known !== undefined) this.#remove(known);
    this.#letters.set(this.#nextNumber, letter);
    this.#numbers.set(letter.id, this.#nextNumber);
    this.#nextNumber += 1;
    this.#count(letter.nodeId, 1);
  }

  /** Nothing when `before` is unknown. */
  list(request: { readonly nodeId?: string; readonly limit: number; readonly before?: string }): readonly DeadLetter[] {
    const { nodeId, limit, before } = request;
    const letters: DeadLetter[] = [];
    const start = before === undefined ? this.#nextNumber : (this.#numbers.get(before) ?? 0);
    for (let number = start - 1; number > 0 && letters.length < limit; number -= 1) {
      const letter = this.#letters.get(number);
      if (letter !== undefined && (nodeId === undefined || letter.nodeId === nodeId)) letters.push(letter);
    }
    return letters;
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #remove(number: number): void {
    const letter = this.#letters.get(number);
    if (letter !== undefined) this.#count(letter.nodeId, -1);
    this.#letters.delete(number);
  }

  #count(nodeId: string, change: number): void {
    const count = (this.#counts.get(nodeId) ?? 0) + change;
    if (count === 0) this.#counts.delete(nodeId);
    else this.#counts.set(nodeId, count);
  }
}
