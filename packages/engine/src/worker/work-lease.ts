import { createCancel } from '../delivery/cancel.ts';
import type { Message } from '../message.ts';
import { asHandedOut } from '../operations/replay-record.ts';
import type { RunningNode } from '../running/graph.ts';
import { sendOut } from '../running/hand-on.ts';
import { openUnit } from '../running/open-unit.ts';
import { asWorkError, UnitFailure, type Unit } from '../running/unit.ts';
import { workOn } from '../running/work-on.ts';
import type { Held } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { expired, failed, hasExpired, lost, quarantined, succeeded, traceLease, type Worked } from './worked.ts';

/** Works on one lease and says what to commit. Never rejects, whatever the node does. */
export async function workLease(intake: Intake, held: Held): Promise<Worked> {
  const { parts, node, graph, wire } = intake;
  const { clock } = parts;
  const lease = asHandedOut(held.lease, wire);
  const { message } = lease;
  if (held.lost) return lost(lease);
  if (lease.crashes >= node.plan.quarantineAfter) return quarantined(intake, lease);
  if (hasExpired(intake, lease)) return expired(intake, lease);

  if (message.attempt > 1) {
    wire?.meters.retries.add(1);
    node.meters.retries.add(1);
  } else {
    wire?.meters.waiting.record(Math.max(0, clock.now() - message.enqueuedAt));
  }
  traceLease(intake, 'leased', lease);

  const cancel = createCancel(intake.signal);
  held.cancel = cancel.cancel;
  const unit = openUnit({
    graph,
    parts,
    signal: cancel.signal,
    deadlineAt: clock.monotonicMs() + intake.reach.longestMs,
    repeated: message.attempt > 1,
    lease,
  });
  try {
    if (intake.entry === undefined) await workOn({ unit, node, message, tries: 1, tokenTaken: true });
    else await enterAgain(unit, node, { port: intake.entry.port, message });
    return isLost(held) ? lost(lease) : succeeded(intake, lease, unit);
  } catch (error) {
    // What the other branches of the unit would still do is of no use: nothing of it will be stored.
    cancel.cancel();
    if (isLost(held)) return lost(lease);
    return failed(
      intake,
      lease,
      error instanceof UnitFailure ? error : new UnitFailure(node, asWorkError(error), false),
    );
  } finally {
    held.settling = true;
    held.cancel = undefined;
    cancel.detach();
  }
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
