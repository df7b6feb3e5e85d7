import type { Timer } from '../ports/clock.ts';
import type { Lease, LeaseSource } from '../ports/message-store.ts';
import type { Feed } from './feed.ts';
import { createHolding } from './holding.ts';
import { sameWire } from './queue-feed.ts';
import { workLease, type Intake, type Worked } from './work-lease.ts';

const BATCH = 32;
const FULL_ELSEWHERE_MS = 1_000;

/**
 * Feeds a node from one partition of a log, on behalf of one group: strictly one message after the other. What has been
 * worked on while a commit was on its way is committed together next, so a slow disk costs latency and not throughput.
 * When anything but plain success happens, the rest of the batch goes back and the partition starts again from there.
 */
export function createPartitionFeed(intake: Intake, source: LeaseSource & { readonly kind: 'group' }): Feed {
  const { parts, node, reach } = intake;
  const { clock, store } = parts;
  const leaseMs = reach.longestMs * 2 + 60_000;
  let running = false;
  let turning = false;
  let again = false;
  let starved = false;
  let inHand = 0;
  let timer: Timer | undefined;
  let stopReady: (() => void) | undefined;
  const turnOver = new Set<() => void>();
  const holding = createHolding({ node, reach, clock, wake: () => wake() });

  const wake = (): void => {
    if (!running) return;
    if (turning) {
      again = true;
      return;
    }
    turning = true;
    const over = (): void => {
      turning = false;
      for (const listener of turnOver) listener();
      turnOver.clear();
      if (again) {
        again = false;
        wake();
      }
    };
    turn().then(over, (error: unknown) => {
      over();
      parts.fail(error);
    });
  };

  const wakeIn = (ms: number): void => {
    if (timer !== undefined) clock.clearTimer(timer);
    timer = clock.setTimer(Math.max(1, ms), () => {
      timer = undefined;
      wake();
    });
  };

  const turn = async (): Promise<void> => {
    while (running && holding.mayStart()) {
      starved = node.busy >= node.plan.workers;
      if (starved) return;
      const max = takeTokens();
      if (max === 0) return;
      node.busy += 1;
      if (node.busy >= node.plan.workers) node.saturatedSince ??= clock.now();
      try {
        const { leases, nextDueAt } = await store.lease({ source, max, leaseMs });
        node.rateLimit?.giveBack(max - leases.length);
        if (leases.length === 0) {
          wakeIn(nextDueAt === undefined ? leaseMs : nextDueAt - clock.now());
          return;
        }
        inHand = leases.length;
        await workBatch(leases);
      } finally {
        inHand = 0;
        node.busy -= 1;
        node.saturatedSince = undefined;
        intake.onFree();
      }
    }
  };

  /** As many as may be worked on now by the rate limit; at most a batch. */
  const takeTokens = (): number => {
    if (node.rateLimit === undefined) return BATCH;
    for (let taken = 0; taken < BATCH; taken += 1) {
      const waitMs = node.rateLimit.take();
      if (waitMs === 0) continue;
      if (taken === 0) wakeIn(waitMs);
      return taken;
    }
    return BATCH;
  };

  const workBatch = async (leases: readonly Lease[]): Promise<void> => {
    let done: Worked[] = [];
    let committing: Promise<boolean> | undefined;
    let sound = true;
    let next = 0;
    let reserved = 0;

    const commitDone = async (): Promise<boolean> => {
      const batch = done;
      done = [];
      return batch.length === 0 || settle(batch);
    };

    for (; next < leases.length && sound; next += 1) {
      const lease = leases[next];
      if (lease === undefined || !running || !(next === 0 || holding.mayStart())) break;
      // Slow work has used up the time for the rest of the batch: hand it back before it expires.
      if (next > 0 && clock.now() + reach.longestMs >= lease.expiresAt) break;
      for (const { room } of reach.rooms) room.reserve();
      reserved += 1;
      const worked = await workLease(intake, lease);
      if (worked.outcome === 'retry' || worked.outcome === 'released') {
        // Order matters: what came before must be settled first, or the store would refuse.
        sound = (committing === undefined || (await committing)) && (await commitDone());
        committing = undefined;
        if (sound) await settle([worked]);
        next += 1;
        sound = false;
        break;
      }
      done.push(worked);
      if (committing === undefined) {
        const current = commitDone();
        committing = current.then((ok) => {
          committing = undefined;
          if (!ok) sound = false;
          return ok;
        });
      }
      if (done.length >= BATCH && committing !== undefined) await committing;
    }
    if (committing !== undefined) await committing;
    if (sound) sound = await commitDone();
    const back = [...(sound ? [] : done.map((worked) => worked.lease)), ...leases.slice(next)];
    if (back.length > 0) await release(back);
    node.rateLimit?.giveBack(leases.length - next);
    for (const { room } of reach.rooms) for (let count = 0; count < reserved; count += 1) room.unreserve();
  };

  const settle = async (batch: readonly Worked[]): Promise<boolean> => {
    const result = await parts.commit(batch.flatMap((worked) => worked.operations));
    if (result.ok) {
      for (const worked of batch) for (const after of worked.afterCommit) after();
      return true;
    }
    if (result.reason === 'full') {
      const room = reach.rooms.find((each) => sameWire(intake, each.by, result.at));
      room?.room.refused();
      if (room === undefined) holding.holdFor(result.at, `${result.at} has no room`, FULL_ELSEWHERE_MS);
      await release(batch.map((worked) => worked.lease));
    }
    for (const worked of batch) {
      parts.trace({
        kind: result.reason === 'full' ? 'full' : 'lease-lost',
        pipelineId: intake.graph.plan.pipelineId,
        elementId: intake.sourceId,
        messageId: worked.lease.message.id,
        attempt: worked.lease.message.attempt,
      });
    }
    return false;
  };

  /** Last first, so that the partition's position never has a gap in front of it. One by one: a lost lease must not hold the others. */
  const release = async (leases: readonly Lease[]): Promise<void> => {
    for (const lease of [...leases].reverse()) await parts.commit([{ op: 'release', lease }]);
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
      if (!turning) return;
      await new Promise<void>((resolve) => turnOver.add(resolve));
    },
  };
}
