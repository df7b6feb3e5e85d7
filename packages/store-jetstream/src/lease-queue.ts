import { type Lease, type LeaseResult, PRIORITY_TURN, type StoredMessage } from '@sluice/engine';
import type { Batch } from './batch.ts';
import { type Chosen, chooseMessages } from './choose-messages.ts';
import { type HandedOut, NEVER_TRIED, type Scan, type Tried } from './effects.ts';
import type { Link } from './link.ts';
import { decodeMessage, handedOut } from './message-codec.ts';
import type { Instant } from './put-back.ts';
import { DELAYED_KNOWN_MAX, type Fresh, GROUP_LEVEL, HELD_MAX, levelOf, type QueueState } from './queue-state.ts';
import { known, readAhead, readGroupsAhead } from './read-ahead.ts';
import { queueStream } from './streams.ts';
import { fillWindow, putTried, readTried } from './tried-records.ts';

export interface LeaseCall {
  readonly max: number;
  readonly leaseMs: number;
  readonly at: Instant;
  readonly enqueuedBefore?: number;
}

/** What a lease will hand out, read and ready. */
export interface PreparedLease {
  readonly taken: readonly Taken[];
  readonly passedOver: number;
  readonly firstsOfGroups: ReadonlySet<Fresh>;
  readonly nextDueAt: number | undefined;
}

interface Taken {
  readonly chosen: Chosen;
  readonly message: StoredMessage;
  readonly tried: Tried;
}

/** Chooses messages and reads what is not known of them. Changes nothing but what is known. */
export async function prepareQueueLease(link: Link, queue: QueueState, call: LeaseCall): Promise<PreparedLease> {
  const { at, enqueuedBefore } = call;
  const max = Math.min(call.max, HELD_MAX - queue.inHand);
  queue.markExpired(at.monotonicMs);
  await promoteDue(link, queue, { now: at.now, max });
  const firstsOfGroups = await readEnough(link, queue, { max, isEveryLevel: enqueuedBefore !== undefined });
  const wish = { max, firstsOfGroups, ...(enqueuedBefore === undefined ? {} : { enqueuedBefore }) };
  const { chosen, passedOver } = chooseMessages(queue, wish);
  const taken = await Promise.all(chosen.map((one) => readTaken(link, queue, one)));
  return {
    taken,
    passedOver,
    firstsOfGroups,
    nextDueAt: chosen.length < call.max ? queue.window.first?.dueAt : undefined,
  };
}

/** Hands out what was prepared. */
export function leaseFromQueue(
  batch: Batch,
  queue: QueueState,
  { call, prepared }: { readonly call: LeaseCall; readonly prepared: PreparedLease },
): LeaseResult {
  const { taken, passedOver, firstsOfGroups, nextDueAt } = prepared;
  const { scans, blocked } = scansAfter(queue, taken, firstsOfGroups);
  const leases = taken.length === 0 ? [] : makeLeases(batch, queue, { call, taken });
  const out = taken.map((one, index) => outOf(one, leases[index] as Lease)); // made for each
  if (taken.length > 0 || blocked > 0)
    batch.apply({ effect: 'handed-out', of: queue.number, taken: out, scans, blocked, passedOver });
  for (const [index, { chosen, tried }] of taken.entries()) {
    const place = out[index] as HandedOut; // made for each
    if (chosen.from === 'expired') putTried(batch, queue.number, { place, tried });
    queue.hold(place.position, { endsAtMs: call.at.monotonicMs + call.leaseMs, tried });
  }
  return nextDueAt === undefined ? { leases } : { leases, nextDueAt };
}

async function promoteDue(
  link: Link,
  queue: QueueState,
  { now, max }: { readonly now: number; readonly max: number },
): Promise<void> {
  for (;;) {
    queue.promoteDue(now, Math.max(DELAYED_KNOWN_MAX, max));
    if (queue.window.size > 0 || queue.delayedOutside === 0 || queue.ready.size >= max) break;
    await fillWindow(link, queue);
    if (queue.window.size === 0)
      throw new Error(`Messages of queue ${queue.id} wait for a time, and their records are missing.`);
  }
}

/** Makes known as many messages of each priority as can be chosen. */
async function readEnough(
  link: Link,
  queue: QueueState,
  { max, isEveryLevel }: { readonly max: number; readonly isEveryLevel: boolean },
): Promise<ReadonlySet<Fresh>> {
  let firstsOfGroups: ReadonlySet<Fresh> = new Set();
  let missing = max;
  const levels = [...queue.scans.values()].filter(({ fresh }) => fresh > 0).map(({ level }) => level);
  // Priorities downwards, groups after the normal one.
  for (const level of levels.sort((a, b) => rankOf(b) - rankOf(a))) {
    const wanted = isEveryLevel ? max : Math.max(missing, Math.ceil(max / PRIORITY_TURN) + 1);
    if (level === GROUP_LEVEL) firstsOfGroups = await readGroupsAhead(link, queue, wanted);
    else {
      await readAhead(link, queue, { level, wanted });
      missing -= Math.min(wanted, queue.scan(level).fresh);
    }
  }
  return firstsOfGroups;
}

function rankOf(level: string): number {
  return level === GROUP_LEVEL ? 3.5 : Number(level);
}

async function readTaken(link: Link, queue: QueueState, chosen: Chosen): Promise<Taken> {
  if (chosen.from === 'fresh') return { chosen, message: chosen.fresh.message, tried: NEVER_TRIED };
  const { position, isTried } = chosen.from === 'ready' ? chosen.ready : chosen.held;
  const [stored, tried] = await Promise.all([
    link.get(queueStream(queue.number), position),
    chosen.from === 'expired'
      ? expired(chosen.held.tried)
      : isTried
        ? readTried(link, queue.number, position)
        : NEVER_TRIED,
  ]);
  if (stored === undefined) throw new Error(`Message ${position} of queue ${queue.id} is missing.`);
  return { chosen, message: decodeMessage(stored.text), tried };
}

function expired(tried: Tried): Tried {
  return { ...tried, attempts: tried.attempts + 1 };
}

function makeLeases(
  batch: Batch,
  queue: QueueState,
  { call, taken }: { readonly call: LeaseCall; readonly taken: readonly Taken[] },
): readonly Lease[] {
  const first = batch.state.takeTokens(taken.length, batch.apply);
  const expiresAt = call.at.now + call.leaseMs;
  return taken.map(({ chosen, message, tried }, index) => ({
    source: queue.source,
    position: positionOf(chosen),
    token: first + index,
    expiresAt,
    message: handedOut(message, tried.attempts + 1),
    crashes: tried.crashes,
    history: tried.history,
  }));
}

function positionOf(chosen: Chosen): number {
  return chosen.from === 'fresh'
    ? chosen.fresh.position
    : chosen.from === 'ready'
      ? chosen.ready.position
      : chosen.held.position;
}

function outOf({ chosen, message: { enqueuedAt } }: Taken, { token }: Lease): HandedOut {
  switch (chosen.from) {
    case 'fresh': {
      const { position, kind, bytes } = chosen.fresh;
      return { position, kind, bytes, enqueuedAt, isTried: false, token, wasDelayed: false };
    }
    case 'ready': {
      const { position, kind, bytes, isTried, dueAt } = chosen.ready;
      return { position, kind, bytes, enqueuedAt, isTried, token, wasDelayed: dueAt !== undefined };
    }
    case 'expired': {
      const { position, kind, bytes } = chosen.held;
      return { position, kind, bytes, enqueuedAt, isTried: true, token, wasDelayed: false };
    }
  }
}

/** Where the scans stand once these are handed out, and how many it has passed that stand behind others of their group. */
function scansAfter(
  queue: QueueState,
  taken: readonly Taken[],
  firstsOfGroups: ReadonlySet<Fresh>,
): { readonly scans: readonly Scan[]; readonly blocked: number } {
  const fresh = new Set(taken.flatMap(({ chosen }) => (chosen.from === 'fresh' ? [chosen.fresh] : [])));
  const levels = new Set([...fresh].map(({ kind }) => levelOf(kind)));
  if (known(queue, GROUP_LEVEL).length > 0) levels.add(GROUP_LEVEL);
  const scans: Scan[] = [];
  let blocked = 0;
  for (const level of levels) {
    const ahead = known(queue, level);
    const stopsAt = ahead.findIndex((one) => !fresh.has(one) && (level !== GROUP_LEVEL || firstsOfGroups.has(one)));
    const passed = ahead.splice(0, stopsAt === -1 ? ahead.length : stopsAt);
    const last = passed.at(-1);
    if (last === undefined) continue;
    blocked += passed.filter((one) => !fresh.has(one)).length;
    scans.push({ level, to: last.position + 1, fresh: queue.scan(level).fresh - passed.length });
  }
  return { scans, blocked };
}
