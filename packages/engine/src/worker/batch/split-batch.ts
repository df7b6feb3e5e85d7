import type { UnitFailure } from '../../running/unit.ts';
import type { Held } from '../heartbeat.ts';
import type { Intake } from '../intake.ts';
import { failed, succeeded, type Worked } from '../worked.ts';

/** What becomes of the members of a batch: ends to commit, and members that are to be tried alone, one after the other. */
export interface BatchEnd {
  readonly ends: readonly Worked[];
  readonly alone: readonly Held[];
}

/** How a failed batch falls apart. */
export type SplitBatch = (intake: Intake, members: readonly Held[], failure: UnitFailure) => BatchEnd;

/**
 * On a queue each member is settled by its own attempts and age. One that would be given up is tried alone first, so that
 * what is wrong with one does not take others with it. Where the failure names the members that failed, the others are
 * done, and what is given up is given up at once: the node has told them apart.
 */
export const splitApart: SplitBatch = (intake, members, failure) => {
  const named = namedMembers(intake, members, failure);
  const ends: Worked[] = [];
  const alone: Held[] = [];
  const done = named === undefined ? [] : members.filter((_, index) => !named.has(index));
  if (done.length > 0) ends.push(doneWithout(intake, done));
  for (const [index, held] of members.entries()) {
    if (named?.has(index) === false) continue;
    const end = failed(intake, held.lease, failure);
    if (end.outcome === 'dead-lettered' && named === undefined && members.length > 1) alone.push(held);
    else ends.push(end);
  }
  return { ends, alone };
};

/**
 * On a partition nothing is settled before what stands before it: members before the first that failed are done, that one
 * decides, and those behind it are worked on again.
 */
export const splitInOrder: SplitBatch = (intake, members, failure) => {
  const named = namedMembers(intake, members, failure);
  const at = named === undefined ? 0 : Math.min(...named);
  const first = members[at];
  if (first === undefined) return { ends: [], alone: [] };
  const before = members.slice(0, at);
  const end = failed(intake, first.lease, failure);
  if (end.outcome === 'dead-lettered' && named === undefined && members.length > 1) return { ends: [], alone: members };
  return { ends: before.length === 0 ? [end] : [doneWithout(intake, before), end], alone: [] };
};

/** Only the node itself knows its list: what a node behind a push wire names are places in another. */
function namedMembers(
  { node }: Intake,
  members: readonly Held[],
  failure: UnitFailure,
): ReadonlySet<number> | undefined {
  if (failure.heldBack || failure.node !== node) return undefined;
  const named = failure.work.failedMembers?.filter((index) => Number.isInteger(index) && members[index] !== undefined);
  return named === undefined || named.length === 0 ? undefined : new Set(named);
}

function doneWithout(intake: Intake, done: readonly Held[]): Worked {
  const leases = done.map(({ lease }) => lease);
  return succeeded(intake, leases, {
    operations: [],
    afterCommit: [() => intake.node.meters.completed.add(leases.length)],
  });
}
