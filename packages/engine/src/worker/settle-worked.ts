import { commitFitting } from '../running/commit-fitting.ts';
import type { Holding } from './holding.ts';
import type { Intake } from './intake.ts';
import { noteRefusal } from './note-refusal.ts';
import { noteLost, tooLarge, traceLease, type Worked } from './worked.ts';

/** Commits what has been worked on, all or nothing. False: it was not stored, and the leases are given back or lost. */
export async function settleWorked(intake: Intake, holding: Holding, batch: readonly Worked[]): Promise<boolean> {
  const { parts } = intake;
  const [only] = batch.length === 1 ? batch : [];
  // The heartbeat has said that it is lost.
  if (only?.outcome === 'lost') return false;
  const operations = only?.operations ?? batch.flatMap((worked) => worked.operations);
  const result = only === undefined ? await parts.commit(operations) : await commitFitting(parts, operations);
  if (result.ok) {
    for (const worked of batch) for (const after of worked.afterCommit) after();
    return true;
  }
  if (result.reason === 'too-large' && only !== undefined)
    return settleWorked(intake, holding, [tooLarge(intake, only.lease, result.at)]);
  if (result.reason === 'full') {
    noteRefusal({ intake, holding, operations, at: result.at });
    // Uncounted; a lease that was lost meanwhile is with its next holder already.
    await parts.commit(batch.map(({ lease }) => ({ op: 'release', lease })));
  }
  for (const { lease } of batch) {
    if (result.reason === 'full') traceLease(intake, 'full', lease);
    else noteLost(intake, lease);
  }
  return false;
}
