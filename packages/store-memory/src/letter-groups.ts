import { CAUSE_OTHER, CAUSES_MAX, type DeadLetter, type DeadLetterGroup } from '@sluice/engine';

/** Dead letters of one pipeline, counted by node, reason and cause. */
export class LetterGroups {
  readonly #groups = new Map<string, DeadLetterGroup>();
  /** Groups that have a cause of their own. */
  #told = 0;

  /** The letter as it is kept: with the cause `other` where there is no room for a group of its own. */
  place(letter: DeadLetter): DeadLetter {
    if (this.#groups.has(nameOf(letter)) || this.#told < CAUSES_MAX) return letter;
    return { ...letter, cause: CAUSE_OTHER };
  }

  add(letter: DeadLetter): void {
    const { nodeId, reason, cause, deadAt } = letter;
    const name = nameOf(letter);
    const known = this.#groups.get(name);
    if (known === undefined && cause !== CAUSE_OTHER) this.#told += 1;
    this.#groups.set(name, {
      nodeId,
      reason,
      cause,
      messages: (known?.messages ?? 0) + 1,
      firstAt: Math.min(known?.firstAt ?? deadAt, deadAt),
      lastAt: Math.max(known?.lastAt ?? deadAt, deadAt),
    });
  }

  remove(letter: DeadLetter): void {
    const name = nameOf(letter);
    const known = this.#groups.get(name);
    if (known === undefined) return;
    if (known.messages > 1) {
      this.#groups.set(name, { ...known, messages: known.messages - 1 });
      return;
    }
    this.#groups.delete(name);
    if (known.cause !== CAUSE_OTHER) this.#told -= 1;
  }

  list(): readonly DeadLetterGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.messages - a.messages || b.lastAt - a.lastAt);
  }
}

function nameOf({ nodeId, reason, cause }: DeadLetter): string {
  return JSON.stringify([nodeId, reason, cause]);
}
