import type { LeaseSource } from '../ports/message-store.ts';
import { startable } from '../running/reach.ts';
import { createAhead } from './ahead.ts';
import type { Feed } from './feed.ts';
import { createHeartbeat, type Held } from './heartbeat.ts';
import { createHolding } from './holding.ts';
import { visibilityOf, type Intake } from './intake.ts';
import { claimRoom, reserveRoom } from './leasing-room.ts';
import { settleWorked } from './settle-worked.ts';
import { createTurning } from './turning.ts';
import { workLease } from './work-lease.ts';
import { noteLost } from './worked.ts';
import { beginWork, endWork, freeWorkers, giveBackWorkers, noteIdleWorkers, takeWorkers } from './workers.ts';

/** Finished units of one feed whose commit is on its way. Bounds memory when the disk is slower than the work. */
export const COMMITS_MAX = 256;

/**
 * Feeds a node from a queue: leases as many messages as workers are free, and works on all of them at once. A worker is
 * free again when the work is done; the commit goes on behind it. Where work is so short that workers wait for leases, it
 * leases somewhat ahead (see `Ahead`).
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
  let inHand = 0;
  let stopReady: (() => void) | undefined;
  let idle: (() => void) | undefined;
  const turning = createTurning({ clock, random, turn: () => leaseWhileReady(), fail: parts.fail });
  const holding = createHolding({ node, reach, clock, wake: turning.wake });
  const ahead = createAhead(clock, () => node.workers);
  // A place in a call line cannot be kept for a message, and one crash must not set messages aside that nobody worked on.
  const mayLeaseAhead = reach.gates.length === 0 && reach.seat === undefined && node.plan.quarantineAfter > 1;
  const heartbeat = createHeartbeat({
    clock,
    store,
    visibilityMs,
    onLost: (lease) => noteLost(intake, lease),
    fail: parts.fail,
  });

  const leaseWhileReady = async (): Promise<void> => {
    // Without a pause where none is needed: who is woken in turn takes its workers at once.
    const catchingUp = heartbeat.caughtUp();
    if (catchingUp !== undefined) await catchingUp;
    startAhead();
    while (running && holding.mayStart()) {
      const free = Math.max(0, freeWorkers(node));
      const wanted = take(free);
      if (wanted === 0) break;
      const claimed = Math.min(free, wanted);
      takeWorkers(node, claimed, clock);
      claimRoom(reach, wanted);
      const takenAtMs = clock.monotonicMs();
      const { leases: came, nextDueAt } = await store.lease({ source, max: wanted, leaseMs: visibilityMs });
      const leases = came.slice(0, reserveRoom(reach, wanted, came.length));
      if (leases.length < came.length) {
        await parts.commit(came.slice(leases.length).map((lease) => ({ op: 'release', lease })));
      }
      const suspected = leases.some((lease) => lease.crashes > 0);
      const alone = leases.length === 1 && inHand === 0;
      cautious = suspected;
      if (leases.length > 0 && (!running || (suspected && !alone))) {
        await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
        for (const { room } of reach.rooms) room.unreserve(leases.length);
        giveBack(wanted, claimed);
        await giveBackAhead();
        continue;
      }
      const begun = Math.min(claimed, leases.length);
      giveBack(wanted - leases.length, claimed - begun);
      if (leases.length > 0) turning.found();
      if (leases.length === wanted) ahead.cameFull(claimed + Math.max(0, freeWorkers(node)));
      inHand += leases.length;
      for (const [index, lease] of leases.entries()) {
        const held = heartbeat.hold(lease, takenAtMs);
        if (index < begun) void work(held);
        else ahead.put(held);
      }
      startAhead();
      if (came.length < wanted) {
        turning.nothingFound(nextDueAt);
        break;
      }
    }
    noteIdleWorkers(node);
  };

  /** What free workers, rate tokens and probe places allow, whichever is fewest; and as many ahead as are worth it. */
  const take = (free: number): number => {
    starved = free === 0;
    let wanted = Math.min(free + (mayLeaseAhead && !cautious ? ahead.wanted() : 0), COMMITS_MAX - committing);
    wanted = Math.min(wanted, startable(reach));
    if (cautious) wanted = Math.min(wanted, inHand === 0 ? 1 : 0);
    if (isProbing()) wanted = Math.min(wanted, free, 1);
    if (wanted <= 0) return 0;
    if (node.rateLimit === undefined) return wanted;
    for (let taken = 0; taken < wanted; taken += 1) {
      const waitMs = node.rateLimit.take();
      if (waitMs === 0) continue;
      if (taken === 0) turning.wakeIn(waitMs);
      return taken;
    }
    return wanted;
  };

  const isProbing = (): boolean => {
    for (const { breaker } of reach.nodes) if (breaker !== undefined && breaker.state() !== 'closed') return true;
    return false;
  };

  const giveBack = (messages: number, workers: number): void => {
    if (workers > 0) {
      giveBackWorkers(node, workers);
      intake.onFree();
    }
    if (messages > 0) node.rateLimit?.giveBack(messages);
  };

  /** Hands what was leased ahead to free workers. */
  const startAhead = (): void => {
    while (running && freeWorkers(node) > 0) {
      const held = ahead.next();
      if (held === undefined) return;
      if (held.lost) {
        letGo(held);
        continue;
      }
      takeWorkers(node, 1, clock);
      void work(held);
    }
  };

  /** Nothing waits in hand beside what may kill the process, behind a breaker that opened, or over a stop. */
  const giveBackAhead = async (): Promise<void> => {
    const waiting = ahead.takeAll();
    if (waiting.length === 0) return;
    try {
      await parts.commit(waiting.map(({ lease }) => ({ op: 'release', lease })));
    } finally {
      node.rateLimit?.giveBack(waiting.length);
      for (const held of waiting) letGo(held);
    }
  };

  const letGo = (held: Held): void => {
    heartbeat.letGo(held);
    for (const { room } of reach.rooms) room.unreserve(1);
    inHand -= 1;
  };

  /** Must not reject: nobody waits for it. */
  const work = async (held: Held): Promise<void> => {
    const begunAtMs = clock.monotonicMs();
    beginWork(node);
    try {
      const worked = await workLease(intake, held);
      ahead.worked(clock.monotonicMs() - begunAtMs);
      endWork(node);
      giveBackWorkers(node, 1);
      intake.onFree();
      committing += 1;
      if (isProbing()) await giveBackAhead();
      startAhead();
      turning.wake();
      try {
        await settleWorked(intake, holding, [worked]);
      } finally {
        committing -= 1;
      }
    } catch (error) {
      parts.fail(error);
    } finally {
      letGo(held);
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
      // A store that failed has been reported, and gives them back when it is opened again.
      await giveBackAhead().catch(() => {});
      if (inHand > 0) await new Promise<void>((resolve) => (idle = resolve));
      heartbeat.stop();
    },
  };
}
