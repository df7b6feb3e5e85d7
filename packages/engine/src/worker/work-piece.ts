import type { End, Subject } from './admission/verb.ts';
import { splitApart } from './batch/split-batch.ts';
import { workBatch } from './batch/work-batch.ts';
import type { Held } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import type { Settled } from './settle-worked.ts';
import { workLease } from './work-lease.ts';
import { endOf, released, type Worked } from './worked.ts';

/** What one worker takes from a queue: a message, or a batch. The verbs look at the first. */
export interface Piece {
  readonly members: readonly Held[];
  /** Absent where the node has no verbs. */
  readonly subject: Subject | undefined;
}

/** Works on a piece and commits what came of it; answers how it ended for the verbs. */
export async function workPiece(request: {
  readonly intake: Intake;
  readonly piece: Piece;
  readonly settle: (worked: Worked) => Promise<Settled>;
  /** Called once, when the worker has nothing more to do but wait for the disk. */
  readonly freeWorker: () => void;
  readonly isRunning: () => boolean;
}): Promise<End> {
  const { intake, piece, settle, freeWorker } = request;
  const [first, ...others] = piece.members;
  if (first === undefined || others.length === 0) {
    const worked = first && (await workLease(intake, first));
    freeWorker();
    if (worked === undefined) return { kind: 'over' };
    // What was refused comes again as if nothing had been.
    return (await settle(worked)) === 'stored' ? endOf(worked) : { kind: 'released' };
  }
  const { ends, alone } = await workBatch(intake, piece.members, splitApart);
  const isWhole = alone.length === 0 && ends.length === 1;
  if (isWhole) freeWorker();
  let fitted = true;
  for (const end of ends) if ((await settle(end)) === 'too-large') fitted = false;
  const again = fitted ? alone : piece.members;
  for (const held of again) {
    held.settling = false;
    const worked = request.isRunning()
      ? await workLease(intake, held, { tokenTaken: false })
      : released(intake, held.lease, 'stopping');
    await settle(worked);
  }
  if (!isWhole) freeWorker();
  return again.length > 0 ? { kind: 'over' } : endOf(ends[0]);
}
