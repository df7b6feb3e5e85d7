import { createCancel } from '../delivery/cancel.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { divert, hasFailedPort } from '../running/divert.ts';
import { openUnit } from '../running/open-unit.ts';
import { UnitFailure } from '../running/unit.ts';
import type { Origin } from './intake.ts';
import { released, succeeded, type Worked } from './worked.ts';

/**
 * What is given up goes out of the port `failed` of its node, where a wire leads on from there, in the commit that ends it.
 * It goes to dead letter all the same when a push wire there fails, and back to its wire when the engine stops meanwhile.
 */
export async function divertGivenUp(
  origin: Origin,
  ends: readonly Worked[],
  signal: CancelSignal = createCancel().signal,
): Promise<readonly Worked[]> {
  if (!hasFailedPort(origin.node.plan)) return ends;
  return Promise.all(ends.map((end) => divertOne(origin, end, signal)));
}

async function divertOne(origin: Origin, end: Worked, signal: CancelSignal): Promise<Worked> {
  const [lease] = end.leases;
  if (end.givenUp === undefined || lease === undefined) return end;
  const { graph, parts, node } = origin;
  // Each call behind it has the time that its wire gives it.
  const deadlineAt = Number.POSITIVE_INFINITY;
  const unit = openUnit({ graph, parts, signal, deadlineAt, repeated: false, lease });
  try {
    await divert({ unit, node, message: lease.message, cause: end.givenUp });
    return succeeded(origin, [lease], unit);
  } catch (failure) {
    if (!(failure instanceof UnitFailure)) throw failure;
    return failure.work.code === 'cancelled' ? released(origin, lease, failure.work.code) : end;
  }
}
