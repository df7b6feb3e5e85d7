import type { Clock } from '../ports/clock.ts';
import type { RunningNode } from '../running/graph.ts';

/** Workers of a node that nobody holds. Fewer than none where their number has just been lowered. */
export function freeWorkers(node: RunningNode): number {
  return node.workers - node.busy;
}

/** A feed takes workers before it knows whether there is anything for them. */
export function takeWorkers(node: RunningNode, count: number, clock: Clock): void {
  node.busy += count;
  if (count > 0 && freeWorkers(node) <= 0) node.saturatedSince ??= clock.now();
}

export function giveBackWorkers(node: RunningNode, count: number): void {
  node.busy -= count;
}

/** A worker that was taken has something to do. */
export function beginWork(node: RunningNode): void {
  node.working += 1;
  if (node.working > node.busiest) node.busiest = node.working;
}

export function endWork(node: RunningNode): void {
  node.working -= 1;
}

/** Asked when a feed has taken all that it could: a worker that is free then has had nothing to do. */
export function noteIdleWorkers(node: RunningNode): void {
  if (freeWorkers(node) > 0) node.saturatedSince = undefined;
}
