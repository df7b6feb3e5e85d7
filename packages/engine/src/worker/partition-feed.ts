import type { Lease, LeaseSource } from '../ports/message-store.ts';
import type { Feed } from './feed.ts';
import { createHeartbeat, type Held } from './heartbeat.ts';
import { createHolding } from './holding.ts';
import { visibilityOf, type Intake } from './intake.ts';
import { settleWorked } from './settle-worked.ts';
import { createTurning } from './turning.ts';
import { workLease } from './work-lease.ts';
import { noteLost, type Worked } from './worked.ts';
import { beginWork, endWork, freeWorkers, giveBackWorkers, noteIdleWorkers, takeWorkers } from './workers.ts';

const RUN_MAX = 32;

/**
 * Feeds a node from one partition of a log, on behalf of one group: strictly one message after the other. What has been
 * worked on while a commit was on its way is committed together next, so a slow disk costs latency and not throughput.
 * When anything but plain success happens, the rest of the run goes back and the partition starts again from there.
 */
export function createPartitionFeed(intake: Intake, source: LeaseSource & { readonly kind: 'group' }): Feed {
  const { parts, node, reach } = intake;
  const { clock, store, random } = parts;
  const visibilityMs = visibilityOf(intake);
  let running = false;
  let starved = false;
  let inHand = 0;
  let stopReady: (() => void) | undefined;
  const turning = createTurning({ clock, random, turn: () => turn(), fail: parts.fail });
  const holding = createHolding({ node, reach, clock, wake: turning.wake });
  const heartbeat = createHeartbeat({
    clock,
    store,
    visibilityMs,
    onLost: (lease) => noteLost(intake, lease),
    fail: parts.fail,
  });

  const turn = async (): Promise<void> => {
    while (running && holding.mayStart()) {
      starved = freeWorkers(node) <= 0;
      if (starved) return;
      const max = takeTokens();
      if (max === 0) break;
      takeWorkers(node, 1, clock);
      try {
        const takenAtMs = clock.monotonicMs();
        const { leases, nextDueAt } = await store.lease({ source, max, leaseMs: visibilityMs });
        node.rateLimit?.giveBack(max - leases.length);
        if (leases.length === 0) {
          turning.nothingFound(nextDueAt);
          break;
        }
        turning.found();
        inHand = leases.length;
        beginWork(node);
        try {
          await workRun((await setApart(leases)).map((lease) => heartbeat.hold(lease, takenAtMs)));
        } finally {
          endWork(node);
        }
      } finally {
        inHand = 0;
        giveBackWorkers(node, 1);
        intake.onFree();
      }
    }
    noteIdleWorkers(node);
  };

  /** As many as may be worked on now by the rate limit; at most a run. */
  const takeTokens = (): number => {
    if (node.rateLimit === undefined) return RUN_MAX;
    for (let taken = 0; taken < RUN_MAX; taken += 1) {
      const waitMs = node.rateLimit.take();
      if (waitMs === 0) continue;
      if (taken === 0) turning.wakeIn(waitMs);
      return taken;
    }
    return RUN_MAX;
  };

  const workRun = async (run: readonly Held[]): Promise<void> => {
    let done: Worked[] = [];
    let committing: Promise<void> | undefined;
    let sound = true;
    let worked = 0;
    let letGo = 0;
    /** A run is settled from its front. */
    const letGoFirst = (): void => {
      const held = run[letGo];
      letGo += 1;
      if (held !== undefined) heartbeat.letGo(held);
    };

    /** One commit at a time, so that the order holds. What is done meanwhile goes into the next one. */
    const commitDone = (): void => {
      if (committing !== undefined || done.length === 0 || !sound) return;
      const batch = done;
      done = [];
      committing = settleWorked(intake, holding, batch).then((ok) => {
        committing = undefined;
        for (let left = batch.length; left > 0; left -= 1) letGoFirst();
        sound &&= ok;
        commitDone();
      });
      // A failure of the store has been reported already; it is thrown where the commit is waited for.
      committing.catch(() => {});
    };
    const committed = async (): Promise<void> => {
      while (committing !== undefined) await committing;
    };

    try {
      for (const held of run) {
        if (!sound || !running || (worked > 0 && !mayGoOn(held))) break;
        for (const { room } of reach.rooms) room.reserve();
        worked += 1;
        const one = await workLease(intake, held);
        if (one.outcome === 'done' || one.outcome === 'dead-lettered') {
          done.push(one);
          commitDone();
          continue;
        }
        // What came before is settled first, or the store would refuse. The store takes back what comes behind.
        await committed();
        if (sound) await settleWorked(intake, holding, [one]);
        sound = false;
      }
      await committed();
      if (sound) await release(run.slice(worked).map(({ lease }) => lease));
    } finally {
      while (letGo < run.length) letGoFirst();
    }
    node.rateLimit?.giveBack(run.length - worked);
    for (const { room } of reach.rooms) room.unreserve(worked);
  };

  /** The first may be what killed an earlier process: nothing else is to be in hand with it. */
  const setApart = async (leases: readonly Lease[]): Promise<readonly Lease[]> => {
    const [first] = leases;
    if (first === undefined || first.crashes === 0) return leases;
    await release(leases.slice(1));
    node.rateLimit?.giveBack(leases.length - 1);
    return [first];
  };

  /** One that may have killed a process begins a run of its own. */
  const mayGoOn = ({ lease, lost }: Held): boolean => !lost && lease.crashes === 0 && holding.mayStart();

  /** Leases that are lost need no release, and then all are lost: a partition's leases are one run. */
  const release = async (leases: readonly Lease[]): Promise<void> => {
    if (leases.length > 0) await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
  };

  return {
    start() {
      running = true;
      stopReady = store.onReady(source, turning.wake);
      turning.start();
    },
    wake: turning.wake,
    held: holding.held,
    starved: () => starved,
    inHand: () => inHand,
    async stop() {
      running = false;
      stopReady?.();
      holding.stop();
      await turning.stop();
      heartbeat.stop();
    },
  };
}
