import { noteHop } from '../measure/note-hop.ts';
import type { Lease } from '../ports/message-store.ts';
import type { TraceHop } from '../ports/trace-store.ts';
import type { Origin } from './intake.ts';

/** When work on a lease began, monotonic ms. On the side, since a lease is the store's; gone with the lease. */
const begunAt = new WeakMap<Lease, number>();

/** Work on the lease begins. */
export function noteWorkBegins({ parts }: Pick<Origin, 'parts'>, lease: Lease): void {
  if (parts.tracer !== undefined) begunAt.set(lease, parts.clock.monotonicMs());
}

/** Work on the lease is over: answers how to note what came of it, once that is stored. */
export function workEnds(
  origin: Pick<Origin, 'graph' | 'parts' | 'sourceId'>,
  lease: Lease,
): (outcome: Pick<TraceHop, 'kind' | 'nodeId'> & Partial<Pick<TraceHop, 'code' | 'text'>>) => void {
  const { clock, tracer } = origin.parts;
  if (tracer === undefined) return () => {};
  const { message } = lease;
  const began = begunAt.get(lease);
  const workedMs = began === undefined ? undefined : clock.monotonicMs() - began;
  const waitedMs = Math.max(0, clock.now() - message.enqueuedAt - (workedMs ?? 0));
  return (outcome) =>
    noteHop(origin, message, {
      ...outcome,
      wireId: origin.sourceId,
      attempt: message.attempt,
      waitedMs,
      ...(workedMs === undefined ? {} : { workedMs }),
    });
}
