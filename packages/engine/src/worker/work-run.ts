import type { Lease } from '../ports/message-store.ts';
import { splitInOrder } from './batch/split-batch.ts';
import { workBatch } from './batch/work-batch.ts';
import type { ChooseInOrder } from './choose-in-order.ts';
import type { Heartbeat, Held } from './heartbeat.ts';
import type { Holding } from './holding.ts';
import type { Intake } from './intake.ts';
import { settleWorked } from './settle-worked.ts';
import { workLease } from './work-lease.ts';
import { endOf, type Worked } from './worked.ts';

/**
 * Works on runs of one partition: strictly one message after the other, or one batch of those that follow each other.
 * What has been worked on while a commit was on its way is committed together next, so a slow disk costs latency and not
 * throughput. When anything but plain success happens, the rest of the run goes back.
 */
export interface RunWorker {
  /** `isComplete`: the run reaches to the end of the partition. */
  work(run: readonly Held[], isComplete: boolean): Promise<void>;
}

export function createRunWorker(context: {
  readonly intake: Intake;
  readonly holding: Holding;
  readonly heartbeat: Heartbeat;
  readonly choosing: ChooseInOrder | undefined;
  readonly isRunning: () => boolean;
}): RunWorker {
  const { intake, holding, heartbeat, choosing } = context;
  const { parts, node, reach } = intake;
  /** Messages at the front that were a batch which failed, and are worked on alone. */
  let singly = 0;

  const work = async (run: readonly Held[], isComplete: boolean): Promise<void> => {
    let done: Worked[] = [];
    let committing: Promise<void> | undefined;
    let sound = true;
    let at = 0;
    let reserved = 0;
    let letGo = 0;
    /** A run is settled from its front. */
    const letGoOf = (leases: number): void => {
      for (const held of run.slice(letGo, letGo + leases)) heartbeat.letGo(held);
      letGo += leases;
    };
    const reserve = (messages: number): void => {
      reserved += messages;
      for (const { room } of reach.rooms) room.reserve(messages);
    };

    /** One commit at a time, so that the order holds. What is done meanwhile goes into the next one. */
    const commitDone = (): void => {
      if (committing !== undefined || done.length === 0 || !sound) return;
      const batch = done;
      done = [];
      const leases = batch.reduce((sum, worked) => sum + worked.leases.length, 0);
      committing = settleWorked(intake, holding, batch).then(async (settled) => {
        if (settled === 'too-large') {
          singly = leases;
          await release(run.slice(letGo));
        }
        committing = undefined;
        letGoOf(leases);
        sound &&= settled === 'stored';
        commitDone();
      });
      // A failure of the store has been reported already; it is thrown where the commit is waited for.
      committing.catch(() => {});
    };
    const committed = async (): Promise<void> => {
      while (committing !== undefined) await committing;
    };

    const workFront = async (held: Held): Promise<readonly Worked[]> => {
      const step = choosing?.step({ run: at === 0 ? run : run.slice(at), isComplete, singly: singly > 0 });
      if (step?.kind === 'away') return [step.end];
      const members = step?.members.length ?? 1;
      reserve(members);
      if (step === undefined || members === 1) {
        const worked = await workLease(intake, held);
        if (step?.subject !== undefined) node.admission?.ended(step.subject, endOf(worked));
        return [worked];
      }
      const { ends, alone } = await workBatch(intake, step.members, splitInOrder);
      if (step.subject !== undefined) node.admission?.ended(step.subject, endOf(ends[0]));
      const settled = ends.reduce((sum, worked) => sum + worked.leases.length, 0);
      for (const left of step.members.slice(settled)) left.settling = false;
      reserve(settled - members);
      if (alone.length > 0) singly = alone.length;
      return ends;
    };

    try {
      for (let held = run[0]; held !== undefined; held = run[at]) {
        if (!sound || !context.isRunning() || (at > 0 && !mayGoOn(held))) break;
        for (const end of await workFront(held)) {
          at += end.leases.length;
          if (end.outcome === 'done' || end.outcome === 'dead-lettered' || end.outcome === 'discarded') {
            singly = Math.max(0, singly - 1);
            done.push(end);
            commitDone();
            continue;
          }
          // What came before is settled first, or the store would refuse. The store takes back what comes behind.
          await committed();
          if (sound) await settleWorked(intake, holding, [end]);
          sound = false;
        }
      }
      await committed();
      if (sound) await release(run.slice(at));
    } finally {
      letGoOf(run.length - letGo);
      reserve(-reserved);
    }
    if (choosing === undefined) node.rateLimit?.giveBack(run.length - at);
  };

  /** One that may have killed a process begins a run of its own. */
  const mayGoOn = ({ lease, lost }: Held): boolean => !lost && lease.crashes === 0 && holding.mayStart();

  /** Leases that are lost need no release, and then all are lost: a partition's leases are one run. */
  const release = async (run: readonly Held[]): Promise<void> => {
    const leases: readonly Lease[] = run.map(({ lease }) => lease);
    if (leases.length > 0) await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
  };

  return { work };
}
