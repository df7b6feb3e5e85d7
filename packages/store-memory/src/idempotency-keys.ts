import { MinHeap } from './min-heap.ts';

interface Remembered {
  readonly name: string;
  readonly messageId: string;
  readonly expiresAt: number;
}

/** Idempotency keys until they expire. */
export class IdempotencyKeys {
  readonly #known = new Map<string, Remembered>();
  readonly #byExpiry = new MinHeap<Remembered>((a, b) => a.expiresAt < b.expiresAt);

  recall(scope: string, key: string, now: number): string | undefined {
    const remembered = this.#known.get(nameOf(scope, key));
    return remembered !== undefined && remembered.expiresAt > now ? remembered.messageId : undefined;
  }

  remember(key: {
    readonly scope: string;
    readonly key: string;
    readonly messageId: string;
    readonly expiresAt: number;
  }): void {
    const remembered = { name: nameOf(key.scope, key.key), messageId: key.messageId, expiresAt: key.expiresAt };
    this.#known.set(remembered.name, remembered);
    this.#byExpiry.push(remembered);
  }

  forgetExpired(max: number, now: number): number {
    let forgotten = 0;
    while (forgotten < max) {
      const next = this.#byExpiry.peek();
      if (next === undefined || next.expiresAt > now) break;
      this.#byExpiry.pop();
      if (this.#known.get(next.name) !== next) continue; // remembered anew since
      this.#known.delete(next.name);
      forgotten += 1;
    }
    return forgotten;
  }
}

function nameOf(scope: string, key: string): string {
  return `${scope.length}:${scope}${key}`;
}
