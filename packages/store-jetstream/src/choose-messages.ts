import { PRIORITIES, PRIORITY_TURN } from '@sluice/engine';
import { type Fresh, GROUP_LEVEL, type Held, type QueueState, type Ready } from './queue-state.ts';
import { isGrouped } from './streams.ts';

/** A message that is about to be handed out. */
export type Chosen =
  | { readonly from: 'fresh'; readonly fresh: Fresh }
  | { readonly from: 'ready'; readonly ready: Ready }
  | { readonly from: 'expired'; readonly held: Held };

export interface Choice {
  readonly chosen: readonly Chosen[];
  /** Hand-outs since the message that had come first was among them. */
  readonly passedOver: number;
}

interface Candidate {
  readonly position: number;
  /** ms since 1970. */
  readonly enqueuedAt: number;
  readonly chosen: Chosen;
}

/**
 * Which messages to hand out, from what is known: the highest priority first, and in its turn what came first of all; or
 * with `enqueuedBefore` what came first, where the foremost of its priority is old enough.
 */
export function chooseMessages(
  queue: QueueState,
  wish: { readonly max: number; readonly firstsOfGroups: ReadonlySet<Fresh>; readonly enqueuedBefore?: number },
): Choice {
  const levels = levelsOf(queue, wish.firstsOfGroups);
  const chosen: Chosen[] = [];
  let { passedOver } = queue;
  while (chosen.length < wish.max) {
    const heads = levels.filter((level) => level.length > 0);
    const next =
      wish.enqueuedBefore === undefined
        ? inTurn(heads, passedOver)
        : firstToCome(heads.filter((level) => headOf(level).enqueuedAt < (wish.enqueuedBefore ?? Infinity)));
    if (next === undefined) break;
    if (wish.enqueuedBefore === undefined) passedOver = next === firstToCome(heads) ? 0 : passedOver + 1;
    chosen.push(headOf(next).chosen);
    next.pop();
  }
  return { chosen, passedOver };
}

/** Highest priority first; each level with its first message at the end. */
function levelsOf(queue: QueueState, firstsOfGroups: ReadonlySet<Fresh>): readonly Candidate[][] {
  const levels = Array.from({ length: PRIORITIES.highest - PRIORITIES.lowest + 1 }, (): Candidate[] => []);
  const add = (kind: string, candidate: Candidate): void => {
    const priority = isGrouped(kind) ? PRIORITIES.normal : Number(kind);
    levels[PRIORITIES.highest - priority]?.push(candidate);
  };
  for (const ready of queue.ready.values())
    add(ready.kind, { position: ready.position, enqueuedAt: ready.enqueuedAt, chosen: { from: 'ready', ready } });
  for (const held of queue.held.values())
    if (held.isExpired)
      add(held.kind, { position: held.position, enqueuedAt: held.enqueuedAt, chosen: { from: 'expired', held } });
  for (const [level, ahead] of queue.ahead)
    for (const fresh of ahead)
      if (level !== GROUP_LEVEL || firstsOfGroups.has(fresh))
        add(fresh.kind, {
          position: fresh.position,
          enqueuedAt: fresh.message.enqueuedAt,
          chosen: { from: 'fresh', fresh },
        });
  for (const level of levels) level.sort((a, b) => b.position - a.position);
  return levels;
}

function inTurn(heads: readonly Candidate[][], passedOver: number): Candidate[] | undefined {
  return passedOver >= PRIORITY_TURN - 1 ? firstToCome(heads) : heads[0];
}

function firstToCome(heads: readonly Candidate[][]): Candidate[] | undefined {
  let first: Candidate[] | undefined;
  for (const level of heads) if (first === undefined || headOf(level).position < headOf(first).position) first = level;
  return first;
}

function headOf(level: readonly Candidate[]): Candidate {
  return level.at(-1) as Candidate; // levels without a head are left out
}
