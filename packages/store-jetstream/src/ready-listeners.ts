import type { LeaseSource } from '@sluice/engine';

/** Who wants to know that something has become ready. */
export class ReadyListeners {
  readonly #listeners = new Map<string, Set<() => void>>();

  add(source: LeaseSource, listener: () => void): () => void {
    const name = sourceName(source);
    const own = (): void => listener(); // the same function may listen twice
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  /** Calls in a microtask: never within a batch, and a listener that throws harms only itself. */
  tell(name: string): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      queueMicrotask(() => {
        if (listeners.has(listener)) listener();
      });
    }
  }

  clear(): void {
    for (const listeners of this.#listeners.values()) listeners.clear();
    this.#listeners.clear();
  }
}

/** One text per source. */
export function sourceName(source: LeaseSource): string {
  return source.kind === 'queue'
    ? `q:${source.queue}`
    : `g:${source.partition}:${source.log.length}:${source.log}${source.group}`;
}
