import { deadLetterShelf, type Lease } from '../ports/message-store.ts';
import { commitFitting } from '../running/commit-fitting.ts';
import { divertGivenUp } from './divert-given-up.ts';
import type { Holding } from './holding.ts';
import type { Intake } from './intake.ts';
import { noteRefusal } from './note-refusal.ts';
import { noteLost, tooLarge, traceLease, type Worked } from './worked.ts';

/**
 * `refused`: nothing was stored, and the leases are given back, or lost. `too-large`: what a batch came to has no room
 * even on an empty wire; its leases are still in hand.
 */
export type Settled = 'stored' | 'refused' | 'too-large';

/** Commits what has been worked on, all or nothing. */
export async function settleWorked(intake: Intake, holding: Holding, ended: readonly Worked[]): Promise<Settled> {
  const { parts } = intake;
  const done = await divertGivenUp(intake, ended, intake.signal);
  const [only] = done.length === 1 ? done : [];
  // The heartbeat has said that it is lost.
  if (only?.outcome === 'lost') return 'refused';
  const operations = only?.operations ?? done.flatMap((worked) => worked.operations);
  const result = only === undefined ? await parts.commit(operations) : await commitFitting(parts, operations);
  if (result.ok) {
    for (const worked of done) for (const after of worked.afterCommit) after();
    return 'stored';
  }
  const leases = only?.leases ?? done.flatMap((worked) => worked.leases);
  if (result.reason === 'lease-lost') {
    for (const lease of leases) await giveBackUnlessLost(intake, lease, result.lease);
    return 'refused';
  }
  if (result.reason === 'too-large' && result.at !== deadLetterShelf(intake.graph.plan.pipelineId)) {
    const [lease, ...others] = leases;
    if (lease === undefined || others.length > 0) return 'too-large';
    const letter = tooLarge(intake, lease, result.at);
    // What was diverted and is itself too large would be diverted for ever.
    const isDiverted = only !== ended[0];
    return settleWorked(intake, holding, [isDiverted ? { ...letter, givenUp: undefined } : letter]);
  }
  if (result.reason === 'full' || result.reason === 'too-large') {
    noteRefusal({ intake, holding, operations, at: result.at });
    // Uncounted; a lease that was lost meanwhile is with its next holder already.
    await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
    for (const lease of leases) traceLease(intake, 'full', lease);
  }
  return 'refused';
}

/** One lost lease has refused the commit for all. Those of a partition are lost together. */
async function giveBackUnlessLost(intake: Intake, lease: Lease, lost: Lease): Promise<void> {
  const isLost = lease.position === lost.position && lease.token === lost.token;
  const result = isLost ? undefined : await intake.parts.commit([{ op: 'release', lease }]);
  if (result?.ok !== true) noteLost(intake, lease);
}
