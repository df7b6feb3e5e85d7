import { createDebounceRun, DEBOUNCE_RUN_MAX } from './admission/debounce-run.ts';
import { subjectOf, type Subject, type Verdict } from './admission/verb.ts';
import { batchKey } from './batch/as-batch.ts';
import { payloadBytes } from './batch/payload-bytes.ts';
import type { Held } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { discarded, released, type Worked } from './worked.ts';

/** What is to be done with the front of a run: some of it is worked on as one, or its first leaves. */
type Step =
  | { readonly kind: 'work'; readonly members: readonly Held[]; readonly subject: Subject | undefined }
  | { readonly kind: 'away'; readonly end: Worked };

/** A message that waits for the end of another in another feed asks again after this; ms. */
const ASK_AGAIN_MS = 100;

/**
 * How a partition is worked on where its node has verbs of flow control, or works on batches. Whatever has to wait stands
 * first, so the partition waits with it.
 */
export interface ChooseInOrder {
  /** Messages that are looked at together. */
  readonly runMax: number;
  /** Until anything may start; ms. */
  waitMs(): number;
  /** `isComplete`: the run reaches to the end of the partition. `singly`: the front is to be worked on alone. */
  step(request: { readonly run: readonly Held[]; readonly isComplete: boolean; readonly singly: boolean }): Step;
}

/** `undefined` where there is nothing to choose. */
export function createChooseInOrder(intake: Intake, runMax: number): ChooseInOrder | undefined {
  const { node, parts } = intake;
  const { admission } = node;
  const { batch, debounce } = node.plan;
  if (admission === undefined && batch === undefined) return undefined;
  const { clock } = parts;
  const debouncing = debounce && createDebounceRun(debounce);

  const putOff = (held: Held, dueAt: number): Step => ({
    kind: 'away',
    end: released(intake, held.lease, 'put-off', Math.max(dueAt, clock.now() + 1)),
  });

  const awayBy = (held: Held, verdict: Verdict | undefined): Step | undefined => {
    switch (verdict?.kind) {
      case 'discard':
        return { kind: 'away', end: discarded(intake, held.lease, verdict.reason) };
      case 'later':
        return putOff(held, verdict.dueAt);
      case 'wait':
        return putOff(held, clock.now() + ASK_AGAIN_MS);
      case 'admit':
      case undefined:
        return undefined;
    }
  };

  /** The messages at the front that go together; `isFull`: no further one would go with them. */
  const membersOf = (run: readonly Held[]): { readonly members: readonly Held[]; readonly isFull: boolean } => {
    const [first] = run;
    if (first === undefined || batch === undefined) return { members: run.slice(0, 1), isFull: true };
    const key = batchKey(first.lease.message, batch);
    const members: Held[] = [];
    let bytes = 0;
    for (const held of run) {
      bytes += payloadBytes(held.lease.message.payload);
      const goesAlong = members.length === 0 || (bytes <= batch.bytes && batchKey(held.lease.message, batch) === key);
      if (!goesAlong || members.length === batch.size || (members.length > 0 && held.lease.crashes > 0))
        return { members, isFull: true };
      members.push(held);
    }
    return { members, isFull: members.length === batch.size || bytes >= batch.bytes };
  };

  return {
    runMax: Math.max(debounce === undefined ? runMax : DEBOUNCE_RUN_MAX, batch?.size ?? 0),
    waitMs: () => Math.max(admission?.waitMs() ?? 0, node.rateLimit?.waitMs() ?? 0),
    step({ run, isComplete, singly }) {
      const [first] = run;
      if (first === undefined) return { kind: 'work', members: [], subject: undefined };
      const { message, crashes } = first.lease;
      const leases = debouncing && run.map(({ lease }) => lease);
      const decided = leases && awayBy(first, debouncing?.judge(leases, clock.now()));
      if (decided !== undefined) return decided;

      const together = singly || crashes > 0 ? { members: [first], isFull: true } : membersOf(run);
      const waitsUntil = message.enqueuedAt + (batch?.waitMs ?? 0);
      if (!together.isFull && isComplete && message.attempt === 1 && clock.now() < waitsUntil)
        return putOff(first, waitsUntil);

      const tokenMs = node.rateLimit?.take() ?? 0;
      if (tokenMs > 0) return putOff(first, clock.now() + tokenMs);
      const subject = admission && subjectOf(first);
      const objected = subject && awayBy(first, admission?.start(subject));
      if (objected === undefined) return { kind: 'work', members: together.members, subject };
      node.rateLimit?.giveBack(1);
      return objected;
    },
  };
}
