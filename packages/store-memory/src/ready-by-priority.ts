import { PRIORITIES, PRIORITY_TURN } from '@sluice/engine';
import { MinHeap } from './min-heap.ts';

/**
 * Positions that may be handed out, by priority. May hold positions that are no longer ready: the caller tells which are,
 * when they are taken, not when they are added.
 */
export class ReadyByPriority {
  readonly #levels: (MinHeap<number> | undefined)[] = [];
  /** Messages handed out since the one that had come first was among them. */
  #passedOver = 0;

  add(position: number, priority: number): void {
    (this.#levels[priority] ??= new MinHeap((a, b) => a < b)).push(position);
  }

  clear(): void {
    this.#levels.length = 0;
  }

  /** Takes the highest priority, and in its turn the one that came first of all. */
  take(isReady: (position: number) => boolean): number | undefined {
    const heads = this.#heads(isReady);
    const highest = heads[0];
    const oldest = firstToCome(heads);
    if (highest === undefined || oldest === undefined) return undefined;
    const next = this.#passedOver >= PRIORITY_TURN - 1 ? oldest : highest;
    this.#passedOver = next === oldest ? 0 : this.#passedOver + 1;
    return next.pop();
  }

  /** Takes what came first of all, where the foremost of its priority is wanted. */
  takeWanted(isReady: (position: number) => boolean, isWanted: (position: number) => boolean): number | undefined {
    return firstToCome(this.#heads(isReady).filter((level) => isWanted(level.peek() as number)))?.pop(); // heads are not empty
  }

  /** The levels that have something ready at their front, highest priority first. */
  #heads(isReady: (position: number) => boolean): MinHeap<number>[] {
    const heads: MinHeap<number>[] = [];
    for (let priority: number = PRIORITIES.highest; priority >= PRIORITIES.lowest; priority -= 1) {
      const level = this.#levels[priority];
      if (level === undefined) continue;
      for (let front = level.peek(); front !== undefined && !isReady(front); front = level.peek()) level.pop();
      if (level.size > 0) heads.push(level);
    }
    return heads;
  }
}

function firstToCome(heads: readonly MinHeap<number>[]): MinHeap<number> | undefined {
  let first: MinHeap<number> | undefined;
  for (const level of heads)
    if (first === undefined || (level.peek() as number) < (first.peek() as number)) first = level; // not empty
  return first;
}
