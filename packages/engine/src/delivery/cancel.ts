import type { CancelSignal } from '../ports/connectors.ts';

/** A cancel signal and the means to give it. */
export interface Cancel {
  readonly signal: CancelSignal;
  cancel(): void;
  /** The work is over: what the parent is given from now on is no matter of its own. */
  detach(): void;
}

/** A cancel signal and the means to give it; `parent` passes its own on. Call `detach` when the work is over. */
export function createCancel(parent?: CancelSignal): Cancel {
  return new CancelledWith(parent);
}

/**
 * There is one for every unit of work and hardly any is ever listened to: a class, so that each is a single small
 * object, and it listens to its parent only once somebody listens to it.
 */
class CancelledWith implements Cancel, CancelSignal {
  #given = false;
  #parent: CancelSignal | undefined;
  #listeners: Set<() => void> | undefined;
  #leaveParent: (() => void) | undefined;

  constructor(parent: CancelSignal | undefined) {
    this.#parent = parent;
  }

  get signal(): CancelSignal {
    return this;
  }

  get cancelled(): boolean {
    return this.#given || this.#parent?.cancelled === true;
  }

  onCancel(listener: () => void): () => void {
    if (this.cancelled) {
      listener();
      return () => {};
    }
    if (this.#listeners === undefined) {
      this.#listeners = new Set();
      this.#leaveParent = this.#parent?.onCancel(() => this.cancel());
    }
    const listeners = this.#listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  cancel(): void {
    if (this.#given) return;
    this.#given = true;
    for (const listener of this.#listeners ?? []) listener();
    this.#listeners?.clear();
  }

  detach(): void {
    this.#given = this.cancelled;
    this.#leaveParent?.();
    this.#parent = undefined;
  }
}
