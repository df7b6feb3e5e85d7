import type { LeaseSource } from '../ports/message-store.ts';
import type { Feed } from './feed.ts';
import { createHeartbeat, type Held } from './heartbeat.ts';
import { createHolding } from './holding.ts';
import { visibilityOf, type Intake } from './intake.ts';
import { settleWorked } from './settle-worked.ts';
import { createTurning } from './turning.ts';
import { workLease } from './work-lease.ts';
import { noteLost } from './worked.ts';
import { beginWork, endWork, freeWorkers, giveBackWorkers, noteIdleWorkers, takeWorkers } from './workers.ts';

/** Finished units of one feed whose commit is on its way. Bounds memory when the disk is slower than the work. */
export const COMMITS_MAX = 256;

/**
 * Feeds a node from the queue of a pull wire: leases as many as workers are free, never more, and works on all of them
 * at once. A worker is free again when the work is done; the commit goes on behind it.
 */
export function createDirectFeed(intake: Intake, source: LeaseSource): Feed {
  const { parts, node, reach } = intake;
  const { clock, store, random } = parts;
  const visibilityMs = visibilityOf(intake);
  let running = false;
  let starved = false;
  /** A message that was in hand when a process died may be what killed it: such are worked on alone, so that none dies with it. */
  let cautious = false;
  let committing = 0;
  let stopReady: (() => void) | undefined;
  let idle: (() => void) | undefined;
  const turning = createTurning({ clock, random, turn: () => leaseWhileReady(), fail: parts.fail });
  const holding = createHolding({ node, reach, clock, wake: turning.wake });
  const heartbeat = createHeartbeat({
    clock,
    store,
    visibilityMs,
    onLost: (lease) => noteLost(intake, lease),
    fail: parts.fail,
  });
  let inHand = 0;

  const leaseWhileReady = async (): Promise<void> => {
    // Without a pause where none is needed: who is woken in turn takes its workers at once.
    const catchingUp = heartbeat.caughtUp();
    if (catchingUp !== undefined) await catchingUp;
    while (running && holding.mayStart()) {
      const wanted = take();
      if (wanted === 0) break;
      for (const { room } of reach.rooms) room.reserve(wanted);
      const takenAtMs = clock.monotonicMs();
      const { leases, nextDueAt } = await store.lease({ source, max: wanted, leaseMs: visibilityMs });
      const suspected = leases.some((lease) => lease.crashes > 0);
      const alone = leases.length === 1 && inHand === 0;
      cautious = suspected;
      if (leases.length > 0 && (!running || (suspected && !alone))) {
        await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
        giveBack(wanted);
        continue;
      }
      giveBack(wanted - leases.length);
      if (leases.length > 0) turning.found();
      for (const lease of leases) void work(heartbeat.hold(lease, takenAtMs));
      if (leases.length < wanted) {
        turning.nothingFound(nextDueAt);
        break;
      }
    }
    noteIdleWorkers(node);
  };

  /** Takes free workers, rate tokens and probe places, whichever is fewest. */
  const take = (): number => {
    let free = Math.min(freeWorkers(node), COMMITS_MAX - committing);
    starved = free <= 0;
    for (const { room } of reach.rooms) free = Math.min(free, room.left());
    for (const { gate } of reach.gates) free = Math.min(free, gate.places());
    if (cautious) free = Math.min(free, inHand === 0 ? 1 : 0);
    if (reach.nodes.some((each) => each.breaker !== undefined && each.breaker.state() !== 'closed'))
      free = Math.min(free, 1);
    if (free <= 0) return 0;
    let taken = free;
    if (node.rateLimit !== undefined) {
      taken = 0;
      for (let waitMs = 0; taken < free; taken += 1) {
        waitMs = node.rateLimit.take();
        if (waitMs === 0) continue;
        if (taken === 0) turning.wakeIn(waitMs);
        break;
      }
    }
    takeWorkers(node, taken, clock);
    return taken;
  };

  const giveBack = (count: number): void => {
    if (count <= 0) return;
    giveBackWorkers(node, count);
    intake.onFree();
    node.rateLimit?.giveBack(count);
    for (const { room } of reach.rooms) room.unreserve(count);
  };

  /** Must not reject: nobody waits for it. */
  const work = async (held: Held): Promise<void> => {
    inHand += 1;
    beginWork(node);
    try {
      const worked = await workLease(intake, held);
      endWork(node);
      giveBackWorkers(node, 1);
      intake.onFree();
      committing += 1;
      turning.wake();
      try {
        await settleWorked(intake, holding, [worked]);
      } finally {
        committing -= 1;
      }
    } catch (error) {
      parts.fail(error);
    } finally {
      heartbeat.letGo(held);
      for (const { room } of reach.rooms) room.unreserve(1);
      inHand -= 1;
      if (inHand === 0) idle?.();
      turning.wake();
    }
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
      // A lease call that is under way is waited for: what it brings goes back at once.
      await turning.stop();
      if (inHand > 0) await new Promise<void>((resolve) => (idle = resolve));
      heartbeat.stop();
    },
  };
}
