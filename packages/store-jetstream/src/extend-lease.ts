import type { Lease } from '@sluice/engine';
import type { StoreState } from './store-state.ts';

/** Moves the end of a lease, on the monotonic clock; answers whether it is still held. */
export function extendLease(state: StoreState, { source, position, token }: Lease, endsAtMs: number): boolean {
  if (source.kind === 'queue') {
    const queue = state.queues.get(source.queue);
    const held = queue?.heldUnder(position, token);
    if (held !== undefined) queue?.extend(held, endsAtMs);
    return held !== undefined;
  }
  const held = state.reader(source)?.held(position, token);
  if (held !== undefined) held.endsAtMs = endsAtMs;
  return held !== undefined;
}
