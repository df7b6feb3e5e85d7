import type { Message } from '../message.ts';
import { asHandedOut } from '../operations/replay-record.ts';
import { callSpilled } from '../running/call-spilled.ts';
import type { RunningNode } from '../running/graph.ts';
import { sendOut } from '../running/hand-on.ts';
import { UnitFailure, type Unit } from '../running/unit.ts';
import { workOn } from '../running/work-on.ts';
import { asBatch } from './batch/as-batch.ts';
import type { Held } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { noteWorkBegins } from './note-lease.ts';
import { noteBegun, workUnit } from './work-unit.ts';
import {
  discarded,
  expired,
  failed,
  hasExpired,
  lost,
  quarantined,
  succeeded,
  traceLease,
  type Worked,
} from './worked.ts';

/**
 * Works on one lease and says what to commit; where the node works on batches, as a batch of one. Never rejects, whatever
 * the node does.
 */
export async function workLease(
  intake: Intake,
  held: Held,
  { tokenTaken }: { readonly tokenTaken: boolean } = { tokenTaken: true },
): Promise<Worked> {
  const { node, wire } = intake;
  const lease = asHandedOut(held.lease, wire);
  if (held.lost) return lost(lease);
  if (lease.crashes >= node.plan.quarantineAfter) return quarantined(intake, lease);
  if (hasExpired(intake, lease)) return expired(intake, lease);

  noteBegun(intake, lease.message);
  traceLease(intake, 'leased', lease);
  noteWorkBegins(intake, lease);
  const end = await workUnit(intake, [held], (unit) => {
    if (intake.entry !== undefined) return enterAgain(unit, node, { port: intake.entry.port, message: lease.message });
    if (intake.over !== undefined) return callSpilled({ unit, over: intake.over, node, message: lease.message });
    const message = node.plan.batch === undefined ? lease.message : asBatch([lease], node.plan.batch);
    return workOn({ unit, node, message, tries: 1, tokenTaken });
  });
  if (isLost(held)) return lost(lease);
  if (!(end instanceof UnitFailure)) return succeeded(intake, [lease], end);
  if (held.discardAs !== undefined && end.work.code === 'cancelled') return discarded(intake, lease, held.discardAs);
  return failed(intake, lease, end);
}

/** What a poller had given up goes on from the port by which it had left, under its own id. */
async function enterAgain(
  unit: Unit,
  node: RunningNode,
  { port, message }: { readonly port: string; readonly message: Message },
): Promise<void> {
  const { attempt: _attempt, ...stored } = message;
  await sendOut({ unit, node, port, message: { ...stored, enqueuedAt: unit.parts.clock.now() } });
  unit.afterCommit.push(() => node.meters.out.add(1));
}

/** Asked behind the work: the heartbeat may have found out meanwhile. */
function isLost(held: Held): boolean {
  return held.lost;
}
