import type { Timer } from '../ports/clock.ts';
import type { Lease, LeaseSource } from '../ports/message-store.ts';
import { commitFitting } from '../running/commit-fitting.ts';
import type { Feed } from './feed.ts';
import { createHolding } from './holding.ts';
import { noteRefusal } from './note-refusal.ts';
import { giveUpTooLarge, workLease, type Intake, type Worked } from './work-lease.ts';

const BATCH = 32;

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
    // A lease call that was under way when the feed stopped must not leave a timer behind.
    if (!running) return;
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
      if (max === 0) break;
      node.busy += 1;
      if (node.busy >= node.plan.workers) node.saturatedSince ??= clock.now();
      try {
        const { leases, nextDueAt } = await store.lease({ source, max, leaseMs });
        node.rateLimit?.giveBack(max - leases.length);
        inHand = leases.length;
        if (leases.length > 0) await workBatch(await setApart(leases));
        else wakeIn(nextDueAt === undefined ? leaseMs : nextDueAt - clock.now());
        if (leases.length === 0) break;
      } finally {
        inHand = 0;
        node.busy -= 1;
        intake.onFree();
      }
    }
    if (node.busy < node.plan.workers) node.saturatedSince = undefined;
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
    let committing: Promise<void> | undefined;
    let sound = true;
    let worked = 0;

    /** One commit at a time, so that the order holds. What is done meanwhile goes into the next one. */
    const commitDone = (): void => {
      if (committing !== undefined || done.length === 0 || !sound) return;
      const batch = done;
      done = [];
      committing = settle(batch).then((ok) => {
        committing = undefined;
        sound &&= ok;
        commitDone();
      });
      // A failure of the store has been reported already; it is thrown where the commit is waited for.
      committing.catch(() => {});
    };
    const committed = async (): Promise<void> => {
      while (committing !== undefined) await committing;
    };

    for (const lease of leases) {
      if (!sound || !running || (worked > 0 && !mayGoOn(lease))) break;
      for (const { room } of reach.rooms) room.reserve();
      worked += 1;
      const one = await workLease(intake, lease);
      if (one.outcome === 'done' || one.outcome === 'dead-lettered') {
        done.push(one);
        commitDone();
        continue;
      }
      // What came before is settled first, or the store would refuse. The store takes back what comes behind.
      await committed();
      if (sound) await settle([one]);
      sound = false;
    }
    await committed();
    if (sound) await release(leases.slice(worked));
    node.rateLimit?.giveBack(leases.length - worked);
    for (const { room } of reach.rooms) for (let count = 0; count < worked; count += 1) room.unreserve();
  };

  /** The first may be what killed an earlier process: nothing else is to be in hand with it. */
  const setApart = async (leases: readonly Lease[]): Promise<readonly Lease[]> => {
    const [first] = leases;
    if (first === undefined || first.crashes === 0) return leases;
    await release(leases.slice(1));
    node.rateLimit?.giveBack(leases.length - 1);
    return [first];
  };

  const mayGoOn = (lease: Lease): boolean => {
    if (lease.crashes > 0) return false;
    // Slow work has used up the time for the rest of the batch: hand it back before it expires.
    return clock.now() + reach.longestMs < lease.expiresAt && holding.mayStart();
  };

  /** False: what was leased is no longer in hand, all of it. */
  const settle = async (batch: readonly Worked[]): Promise<boolean> => {
    const operations = batch.flatMap((worked) => worked.operations);
    const [only] = batch;
    const result = batch.length > 1 ? await parts.commit(operations) : await commitFitting(parts, operations);
    if (result.ok) {
      for (const worked of batch) for (const after of worked.afterCommit) after();
      return true;
    }
    if (result.reason === 'too-large' && only !== undefined)
      return settle([giveUpTooLarge(intake, only.lease, result.at)]);
    if (result.reason === 'full') {
      noteRefusal({ intake, holding, operations: operations, at: result.at });
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

  /** Leases that are lost need no release, and then all are lost: a partition's leases are one run. */
  const release = async (leases: readonly Lease[]): Promise<void> => {
    if (leases.length > 0) await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
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
