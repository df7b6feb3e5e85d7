import type { CancelSignal } from '../ports/connectors.ts';

export interface Cancel {
  readonly signal: CancelSignal;
  cancel(): void;
}

/** A cancel signal and the means to give it; `parent` passes its own on. Call `detach` when the work is over. */
export function createCancel(parent?: CancelSignal): Cancel & { detach(): void } {
  const listeners = new Set<() => void>();
  let cancelled = parent?.cancelled ?? false;
  const cancel = (): void => {
    if (cancelled) return;
    cancelled = true;
    for (const listener of listeners) listener();
    listeners.clear();
  };
  const detach = parent === undefined ? () => {} : parent.onCancel(cancel);
  return {
    signal: {
      get cancelled() {
        return cancelled;
      },
      onCancel(listener) {
        if (cancelled) {
          listener();
          return () => {};
        }
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    cancel,
    detach,
  };
}
