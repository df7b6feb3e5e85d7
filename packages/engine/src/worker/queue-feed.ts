import type { Timer } from '../ports/clock.ts';
import type { Lease, LeaseSource } from '../ports/message-store.ts';
import { commitFitting } from '../running/commit-fitting.ts';
import type { Feed } from './feed.ts';
import { createHolding } from './holding.ts';
import { noteRefusal } from './note-refusal.ts';
import { giveUpTooLarge, workLease, type Intake, type Worked } from './work-lease.ts';

/** Finished units of one feed whose commit is on its way. Bounds memory when the disk is slower than the work. */
const COMMITS_MAX = 256;

/**
 * Feeds a node from the queue of a pull wire: leases as many as workers are free, never more, and works on all of them
 * at once. A worker is free again when the work is done; the commit goes on behind it.
 */
export function createQueueFeed(intake: Intake, source: LeaseSource): Feed {
  const { parts, node, reach } = intake;
  const { clock, store } = parts;
  const leaseMs = reach.longestMs + 30_000;
  let running = false;
  let leasing = false;
  /** Something happened while leasing: look again afterwards. */
  let again = false;
  let starved = false;
  /** A message that was in hand when a process died may be what killed it: such are worked on alone, so that none dies with it. */
  let cautious = false;
  let inHand = 0;
  let committing = 0;
  let timer: Timer | undefined;
  let stopReady: (() => void) | undefined;
  let idle: () => void = () => {};
  const holding = createHolding({ node, reach, clock, wake: () => wake() });

  const wake = (): void => {
    if (!running) return;
    if (leasing) {
      again = true;
      return;
    }
    leasing = true;
    leaseWhileReady().then(
      () => {
        leasing = false;
        if (again) {
          again = false;
          wake();
        }
      },
      (error: unknown) => {
        leasing = false;
        parts.fail(error);
      },
    );
  };

  const wakeIn = (ms: number): void => {
    // A lease call that was under way when the feed stopped must not leave a timer behind.
    if (!running) return;
    if (timer !== undefined) clock.clearTimer(timer);
    timer = clock.setTimer(Math.max(1, ms), () => {
      timer = undefined;
      wake();
    });
  };

  const leaseWhileReady = async (): Promise<void> => {
    while (running && holding.mayStart()) {
      const wanted = take();
      if (wanted === 0) break;
      for (const { room } of reach.rooms) for (let count = 0; count < wanted; count += 1) room.reserve();
      const { leases, nextDueAt } = await store.lease({ source, max: wanted, leaseMs });
      const suspected = leases.some((lease) => lease.crashes > 0);
      const alone = leases.length === 1 && inHand === 0;
      cautious = suspected;
      if (leases.length > 0 && (!running || (suspected && !alone))) {
        await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
        giveBack(wanted);
        continue;
      }
      giveBack(wanted - leases.length);
      for (const lease of leases) void work(lease);
      if (leases.length < wanted) {
        // Leases of others expire without a hint, so an idle feed looks again once in a while.
        wakeIn(nextDueAt === undefined ? leaseMs : nextDueAt - clock.now());
        break;
      }
    }
    if (node.busy < node.plan.workers) node.saturatedSince = undefined;
  };

  /** Takes free workers, rate tokens and probe places, whichever is fewest. */
  const take = (): number => {
    let free = Math.min(node.plan.workers - node.busy, COMMITS_MAX - committing);
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
        if (taken === 0) wakeIn(waitMs);
        break;
      }
    }
    node.busy += taken;
    if (taken > 0 && node.busy >= node.plan.workers) node.saturatedSince ??= clock.now();
    return taken;
  };

  const giveBack = (count: number): void => {
    if (count <= 0) return;
    free(count);
    node.rateLimit?.giveBack(count);
    for (const { room } of reach.rooms) for (let each = 0; each < count; each += 1) room.unreserve();
  };

  const free = (count: number): void => {
    node.busy -= count;
    intake.onFree();
  };

  /** Must not reject: nobody waits for it. */
  const work = async (lease: Lease): Promise<void> => {
    inHand += 1;
    try {
      const worked = await workLease(intake, lease);
      free(1);
      committing += 1;
      wake();
      try {
        await settle(worked);
      } finally {
        committing -= 1;
      }
    } catch (error) {
      parts.fail(error);
    } finally {
      for (const { room } of reach.rooms) room.unreserve();
      inHand -= 1;
      if (inHand === 0) idle();
      wake();
    }
  };

  const settle = async (worked: Worked): Promise<void> => {
    const result = await commitFitting(parts, worked.operations);
    if (result.ok) {
      for (const after of worked.afterCommit) after();
      return;
    }
    const { lease } = worked;
    if (result.reason === 'too-large') return settle(giveUpTooLarge(intake, lease, result.at));
    if (result.reason === 'full') {
      noteRefusal({ intake, holding, operations: worked.operations, at: result.at });
      // Released without an attempt; a lease that was lost meanwhile is with its next holder already.
      await parts.commit([{ op: 'release', lease }]);
    }
    parts.trace({
      kind: result.reason === 'full' ? 'full' : 'lease-lost',
      pipelineId: intake.graph.plan.pipelineId,
      elementId: intake.sourceId,
      messageId: lease.message.id,
      attempt: lease.message.attempt,
    });
  };

  return {
    start() {
      running = true;
      stopReady = store.onReady(source, wake);
      wake();
    },
    wake,
    held: holding.held,
    starved: () => starved,
    inHand: () => inHand,
    async stop() {
      running = false;
      stopReady?.();
      holding.stop();
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
      if (inHand === 0 && !leasing) return;
      await new Promise<void>((resolve) => {
        idle = () => {
          if (inHand === 0 && !leasing) resolve();
        };
        // A lease call that is under way may still bring work; look again when the current turn of work is over.
        const look = (): void => {
          if (inHand === 0 && !leasing) resolve();
          else clock.setTimer(10, look);
        };
        look();
      });
    },
  };
}
