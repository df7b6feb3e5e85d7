import type { LeaseSource } from '../ports/message-store.ts';
import { createChooseInOrder, type ChooseInOrder } from './choose-in-order.ts';
import type { Feed } from './feed.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createHolding } from './holding.ts';
import { visibilityOf, type Intake } from './intake.ts';
import { createTurning } from './turning.ts';
import { createRunWorker } from './work-run.ts';
import { noteLost } from './worked.ts';
import { beginWork, endWork, freeWorkers, giveBackWorkers, noteIdleWorkers, takeWorkers } from './workers.ts';

/** Messages of a partition in hand at once. */
const RUN_MAX = 32;

/**
 * Feeds a node from one partition of a log, on behalf of one group, with one worker: takes a run of messages, works it
 * off in order, takes the next.
 */
export function createPartitionFeed(intake: Intake, source: LeaseSource & { readonly kind: 'group' }): Feed {
  const { parts, node, reach } = intake;
  const { clock, store, random } = parts;
  const visibilityMs = visibilityOf(intake);
  const choosing = createChooseInOrder(intake, RUN_MAX);
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
  const runWorker = createRunWorker({ intake, holding, heartbeat, choosing, isRunning: () => running });

  const turn = async (): Promise<void> => {
    while (running && holding.mayStart()) {
      starved = freeWorkers(node) <= 0;
      if (starved) return;
      const max = choosing === undefined ? takeTokens() : wantedNow(choosing);
      if (max === 0) break;
      takeWorkers(node, 1, clock);
      try {
        if (!(await workNextRun(max))) break;
      } finally {
        inHand = 0;
        giveBackWorkers(node, 1);
        intake.onFree();
      }
    }
    noteIdleWorkers(node);
  };

  /** False when there was nothing. */
  const workNextRun = async (max: number): Promise<boolean> => {
    const takenAtMs = clock.monotonicMs();
    const { leases: leased, nextDueAt } = await store.lease({ source, max, leaseMs: visibilityMs });
    const leases = intake.owed === undefined ? leased : await intake.owed(leased);
    if (choosing === undefined) node.rateLimit?.giveBack(max - leases.length);
    const [first] = leases;
    if (first === undefined) {
      turning.nothingFound(nextDueAt);
      return false;
    }
    turning.found();
    inHand = leases.length;
    // The first may be what killed an earlier process: nothing else is to be in hand with it.
    const isAlone = first.crashes > 0;
    const run = isAlone ? [first] : leases;
    if (isAlone && leases.length > 1) {
      await parts.commit(leases.slice(1).map((lease) => ({ op: 'release', lease })));
      if (choosing === undefined) node.rateLimit?.giveBack(leases.length - 1);
    }
    beginWork(node);
    try {
      await runWorker.work(
        run.map((lease) => heartbeat.hold(lease, takenAtMs)),
        leases.length < max,
      );
    } finally {
      endWork(node);
    }
    return true;
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

  /** Where there is something to choose, tokens are taken for what is worked on, when it is. */
  const wantedNow = ({ runMax, waitMs }: ChooseInOrder): number => {
    const ms = waitMs();
    if (ms === 0) return runMax;
    turning.wakeIn(ms);
    return 0;
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
