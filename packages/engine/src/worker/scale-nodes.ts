import { scaleWorkers } from '../delivery/scale-workers.ts';
import type { Backlog, MessageStore } from '../ports/message-store.ts';
import type { Subscription } from '../running/declare-logs.ts';
import { queueOf, type RunningGraph, type RunningNode } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';

/** Sets the number of workers of every node where it follows the backlog. Asked once a second. */
export async function scaleNodes(
  graph: RunningGraph,
  subscriptions: ReadonlyMap<string, Subscription>,
  { store, clock }: Pick<RunningParts, 'store' | 'clock'>,
): Promise<void> {
  for (const node of graph.nodes.values()) {
    const { scale, workers: max } = node.plan;
    if (scale === undefined) continue;
    const before = await backlogsBefore(node, graph, { subscriptions, store });
    const seen = { busiest: node.busiest, ...waitingIn(before, clock.now()) };
    const { workers } = node;
    const next = scaleWorkers({
      plan: { ...scale, max },
      now: { workers, idleSinceMs: node.idleSinceMs },
      seen,
      nowMs: clock.monotonicMs(),
    });
    node.workers = next.workers;
    node.idleSinceMs = next.idleSinceMs;
    node.busiest = node.working;
    if (next.workers > workers) for (const feed of node.feeds) feed.wake();
  }
}

async function backlogsBefore(
  node: RunningNode,
  graph: RunningGraph,
  { subscriptions, store }: { readonly subscriptions: ReadonlyMap<string, Subscription>; readonly store: MessageStore },
): Promise<readonly Backlog[]> {
  const backlogs: Backlog[] = [];
  for (const wire of graph.wires.values()) {
    const { plan } = wire;
    if (plan.to !== node.plan.id) continue;
    const kept = queueOf(wire);
    if (kept !== undefined) backlogs.push(await store.backlog({ queue: kept.plan.queue }));
    if (plan.delivery === 'event') backlogs.push(await store.backlog({ log: plan.log, group: plan.group }));
  }
  const subscription = subscriptions.get(node.plan.id);
  if (subscription !== undefined)
    backlogs.push(await store.backlog({ log: subscription.log, group: subscription.group }));
  return backlogs;
}

/** What is in hand or waits for a time would not be done sooner by more workers. */
function waitingIn(
  backlogs: readonly Backlog[],
  now: number,
): { readonly waiting: number; readonly oldestAgeMs: number } {
  let waiting = 0;
  let oldestAgeMs = 0;
  for (const { messages, inHand, delayed, oldestEnqueuedAt } of backlogs) {
    const ready = Math.max(0, messages - inHand - delayed);
    waiting += ready;
    if (ready > 0 && oldestEnqueuedAt !== undefined) oldestAgeMs = Math.max(oldestAgeMs, now - oldestEnqueuedAt);
  }
  return { waiting, oldestAgeMs };
}
