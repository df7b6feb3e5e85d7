import { createCancel } from '../delivery/cancel.ts';
import { reasonToGiveUp } from '../delivery/retry-decision.ts';
import type { Message } from '../message.ts';
import type { Lease } from '../ports/message-store.ts';
import { openUnit } from '../running/open-unit.ts';
import { asWorkError, UnitFailure, type Unit } from '../running/unit.ts';
import type { Held } from './heartbeat.ts';
import type { Intake } from './intake.ts';

/**
 * Runs one unit of work on behalf of leases in hand: what it stores, or how it failed. When one of the leases is lost the
 * work on all ends. Never rejects.
 */
export async function workUnit(
  intake: Intake,
  held: readonly Held[],
  work: (unit: Unit) => Promise<void>,
): Promise<Unit | UnitFailure> {
  const { parts, graph, node, reach } = intake;
  const cancel = createCancel(intake.signal);
  for (const each of held) each.cancel = () => cancel.cancel();
  const unit = openUnit({
    graph,
    parts,
    signal: cancel.signal,
    deadlineAt: parts.clock.monotonicMs() + reach.longestMs,
    repeated: held.some(({ lease }) => lease.message.attempt > 1),
    givesUp: held.length === 1 ? givesUpOf(intake, held[0]?.lease) : undefined,
    lease: held[0]?.lease,
  });
  try {
    await work(unit);
    return unit;
  } catch (error) {
    // What the other branches of the unit would still do is of no use: nothing of it will be stored.
    cancel.cancel();
    return error instanceof UnitFailure ? error : new UnitFailure(node, asWorkError(error), false);
  } finally {
    for (const each of held) {
      each.settling = true;
      each.cancel = undefined;
    }
    cancel.detach();
  }
}

/** Of a batch each member would still be tried alone. */
function givesUpOf({ onPoison, node, parts }: Intake, lease: Lease | undefined): Unit['givesUp'] {
  if (lease === undefined || onPoison === 'block') return undefined;
  const { attempt, enqueuedAt } = lease.message;
  return (failure) =>
    reasonToGiveUp({
      retry: node.plan.retry,
      failure,
      attempt: failure.tries ?? attempt,
      ageMs: parts.clock.now() - enqueuedAt,
    }) !== undefined;
}

/** Counts and shows that work on a message begins. */
export function noteBegun({ wire, node, parts }: Intake, message: Message): void {
  if (message.attempt > 1) {
    wire?.meters.retries.add(1);
    node.meters.retries.add(1);
  } else {
    wire?.meters.waiting.record(Math.max(0, parts.clock.now() - message.enqueuedAt));
  }
}
