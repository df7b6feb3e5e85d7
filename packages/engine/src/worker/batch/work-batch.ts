import { asHandedOut } from '../../operations/replay-record.ts';
import { UnitFailure } from '../../running/unit.ts';
import { workOn } from '../../running/work-on.ts';
import type { Held } from '../heartbeat.ts';
import type { Intake } from '../intake.ts';
import { noteWorkBegins } from '../note-lease.ts';
import { noteBegun, workUnit } from '../work-unit.ts';
import { expired, hasExpired, lost, quarantined, released, succeeded, traceLease, type Worked } from '../worked.ts';
import { asBatch } from './as-batch.ts';
import type { BatchEnd, SplitBatch } from './split-batch.ts';

/** Works on several leases as one message. Never rejects. */
export async function workBatch(intake: Intake, batch: readonly Held[], split: SplitBatch): Promise<BatchEnd> {
  const { node, wire } = intake;
  const plan = node.plan.batch;
  if (plan === undefined) throw new Error(`Node ${node.plan.id} works on no batches`);
  const ends: Worked[] = [];
  const members: Held[] = [];
  for (const held of batch) {
    const { lease } = held;
    if (held.lost) ends.push(lost(lease));
    else if (lease.crashes >= node.plan.quarantineAfter) ends.push(quarantined(intake, lease));
    else if (hasExpired(intake, lease)) ends.push(expired(intake, lease));
    else members.push(held);
  }
  if (members.length === 0) return { ends, alone: [] };

  const leases = members.map(({ lease }) => asHandedOut(lease, wire));
  for (const lease of leases) {
    noteBegun(intake, lease.message);
    traceLease(intake, 'leased', lease);
    noteWorkBegins(intake, lease);
  }
  const message = asBatch(leases, plan);
  const end = await workUnit(intake, members, async (unit) => {
    if (message.attempt === 1) node.meters.in.add(leases.length - 1);
    await workOn({ unit, node, message, tries: 1, tokenTaken: true });
    unit.afterCommit.push(() => node.meters.completed.add(leases.length - 1));
  });
  if (members.some((held) => held.lost)) {
    // The work on all was cancelled with it.
    const broken = members.map((held) => (held.lost ? lost(held.lease) : released(intake, held.lease, 'batch-broken')));
    return { ends: [...ends, ...broken], alone: [] };
  }
  if (!(end instanceof UnitFailure)) return { ends: [...ends, succeeded(intake, leases, end)], alone: [] };
  const parts = split(intake, members, end);
  return { ends: [...ends, ...parts.ends], alone: parts.alone };
}
