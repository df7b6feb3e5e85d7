import type { Lease, LeaseSource } from '../ports/message-store.ts';
import { callPlaces } from '../running/reach.ts';
import { subjectOf, type Verdict } from './admission/verb.ts';
import { createGathering } from './batch/gathering.ts';
import { COMMITS_MAX } from './direct-feed.ts';
import type { Feed } from './feed.ts';
import { createHeartbeat, type Held } from './heartbeat.ts';
import { createHolding } from './holding.ts';
import { visibilityOf, type Intake } from './intake.ts';
import { claimRoom, reserveRoom } from './leasing-room.ts';
import { settleWorked, type Settled } from './settle-worked.ts';
import { createTurning } from './turning.ts';
import { workPiece, type Piece } from './work-piece.ts';
import { discarded, expired, hasExpired, noteLost, released, type Worked } from './worked.ts';
import { beginWork, endWork, freeWorkers, giveBackWorkers, noteIdleWorkers, takeWorkers } from './workers.ts';

/** Messages in hand that may start and wait for a worker. */
const AHEAD_MAX = 32;
/** Messages in hand that wait for others to make a batch, unless one batch alone is larger. */
const GATHERED_MAX = 1_000;

/**
 * Feeds a node that chooses among its messages: by the verbs of flow control, and in batches. It leases somewhat more
 * than there are free workers, sorts what it has, sends back what has to wait and hands the rest to workers as they become
 * free. What waits in hand goes back at once when the feed stops.
 */
export function createSortingFeed(intake: Intake, source: LeaseSource): Feed {
  const { parts, node, reach } = intake;
  const { admission } = node;
  const { clock, store, random } = parts;
  const visibilityMs = visibilityOf(intake);
  const gathering = node.plan.batch && createGathering(node.plan.batch, clock);
  const waitingMax = gathering === undefined ? AHEAD_MAX : Math.max(GATHERED_MAX, node.plan.batch?.size ?? 0);
  /** May be worked on as far as their wire is concerned, in order. */
  let ready: Piece[] = [];
  let running = false;
  let starved = false;
  /**
   * As in the direct feed: what may have killed a process is worked on alone. Until the one that was taken alone is gone
   * nothing is taken beside it, or it would be given back for others that are suspected, and taken again, for ever.
   */
  let cautious = false;
  let suspected = false;
  let committing = 0;
  let inHand = 0;
  /** Of those in hand, how many are with a worker. */
  let atWork = 0;
  let stopReady: (() => void) | undefined;
  let idle: (() => void) | undefined;
  const turning = createTurning({ clock, random, turn: () => turn(), fail: parts.fail });
  const holding = createHolding({ node, reach, clock, wake: turning.wake });
  const heartbeat = createHeartbeat({
    clock,
    store,
    visibilityMs,
    onLost: (lease) => noteLost(intake, lease),
    fail: parts.fail,
  });

  const turn = async (): Promise<void> => {
    const catchingUp = heartbeat.caughtUp();
    if (catchingUp !== undefined) await catchingUp;
    await startReady();
    while (running && holding.mayStart()) {
      const wanted = wantedNow();
      if (wanted <= 0) break;
      claimRoom(reach, wanted);
      const takenAtMs = clock.monotonicMs();
      const { leases: came, nextDueAt } = await store.lease({ source, max: wanted, leaseMs: visibilityMs });
      const leases = came.slice(0, reserveRoom(reach, wanted, came.length));
      if (leases.length < came.length) {
        await parts.commit(came.slice(leases.length).map((lease) => ({ op: 'release', lease })));
      }
      const alone = leases.length === 1 && inHand === 0;
      suspected = leases.some((lease) => lease.crashes > 0);
      cautious ||= suspected;
      if (leases.length > 0 && (!running || (suspected && !alone))) {
        for (const { room } of reach.rooms) room.unreserve(leases.length);
        await parts.commit(leases.map((lease) => ({ op: 'release', lease })));
        await giveBackWaiting();
        continue;
      }
      if (leases.length > 0) turning.found();
      const before = inHand;
      await sort(leases.map((lease) => heartbeat.hold(lease, takenAtMs)));
      await startReady();
      // Where all that came has to wait and no more can be remembered, looking on would only stir it up.
      const stirs = inHand <= before && admission?.isFull() === true;
      if (came.length < wanted || stirs) {
        turning.nothingFound(nextDueAt);
        break;
      }
    }
    noteIdleWorkers(node);
  };

  /** As many as are worth being looked at now. */
  const wantedNow = (): number => {
    if (inHand === 0 && !suspected) cautious = false;
    const free = Math.max(0, freeWorkers(node));
    starved = free === 0;
    const waitMs = Math.max(admission?.waitMs() ?? 0, node.rateLimit?.waitMs() ?? 0);
    if (waitMs > 0) turning.wakeIn(waitMs);
    const mayStart = free > 0 && waitMs === 0;
    // A complete batch that waits for a worker is enough.
    if (gathering === undefined ? !mayStart && admission?.sortsAhead !== true : ready.length > 0 && !mayStart) return 0;
    const ahead = gathering !== undefined || admission?.looksAhead === true ? waitingMax : 0;
    let wanted = ahead - (inHand - atWork) + (gathering === undefined && mayStart ? free : 0);
    if (admission?.isFull() === true) wanted = Math.min(wanted, 1);
    if (ahead === 0) wanted = Math.min(wanted, admission?.startsLeft() ?? wanted);
    wanted = Math.min(wanted, COMMITS_MAX - committing);
    for (const { room } of reach.rooms) wanted = Math.min(wanted, room.left());
    if (cautious) wanted = Math.min(wanted, 1 - inHand);
    if (reach.nodes.some((each) => each.breaker !== undefined && each.breaker.state() !== 'closed'))
      wanted = Math.min(wanted, 1 - inHand);
    return wanted;
  };

  /** Takes off its wire or sends back what is not to be worked on now; the rest waits for a worker. */
  const sort = async (arrived: readonly Held[]): Promise<void> => {
    inHand += arrived.length;
    const sentAway: Away[] = [];
    for (const held of arrived) {
      const { lease } = held;
      if (hasExpired(intake, lease)) {
        await settle(expired(intake, lease));
        letGo(held);
        continue;
      }
      const subject = admission && subjectOf(held);
      const end = awayBy(subject && admission?.sort(subject), lease);
      if (end !== undefined) sentAway.push({ held, end });
      else if (gathering === undefined || cautious) ready.push({ members: [held], subject });
      else for (const members of gathering.add(held)) ready.push(pieceOf(members));
    }
    await settleAway(sentAway);
  };

  const pieceOf = (members: readonly Held[]): Piece => {
    const [first] = members;
    return { members, subject: admission && first && subjectOf(first) };
  };

  const awayBy = (verdict: Verdict | undefined, lease: Lease): Worked | undefined => {
    if (verdict?.kind === 'discard') return discarded(intake, lease, verdict.reason);
    if (verdict?.kind !== 'later') return undefined;
    // It comes back when it expires, at the latest.
    const { expireAfterMs = Number.POSITIVE_INFINITY } = intake;
    const dueAt = Math.min(verdict.dueAt, Math.max(lease.message.enqueuedAt + expireAfterMs, clock.now()) + 1);
    turning.wakeIn(dueAt - clock.now());
    return released(intake, lease, 'put-off', dueAt);
  };

  const settleAway = async (sentAway: readonly Away[]): Promise<void> => {
    if (sentAway.length === 0) return;
    for (const { held } of sentAway) held.settling = true;
    const ends = sentAway.map(({ end }) => end);
    try {
      await settleWorked(intake, holding, ends);
    } finally {
      for (const { held } of sentAway) letGo(held);
    }
  };

  const letGo = (held: Held): void => {
    heartbeat.letGo(held);
    for (const { room } of reach.rooms) room.unreserve(1);
    inHand -= 1;
  };

  /** Hands what may start to free workers; what may not be worked on any more leaves. */
  const startReady = async (): Promise<void> => {
    gatherUp();
    const sentAway: Away[] = [];
    const waiting: Piece[] = [];
    let places = callPlaces(reach);
    for (const piece of ready) {
      const [first] = piece.members;
      if (first === undefined || piece.members.every(({ lost }) => lost)) {
        for (const held of piece.members) letGo(held);
        continue;
      }
      if (freeWorkers(node) <= 0) starved = true;
      if (!running || freeWorkers(node) <= 0 || places <= 0) {
        waiting.push(piece);
        continue;
      }
      const tokenMs = node.rateLimit?.take() ?? 0;
      if (tokenMs > 0) {
        turning.wakeIn(tokenMs);
        waiting.push(piece);
        continue;
      }
      const verdict = piece.subject && admission?.start(piece.subject);
      if (verdict === undefined || verdict.kind === 'admit') {
        places -= 1;
        takeWorkers(node, 1, clock);
        void work(piece);
        continue;
      }
      node.rateLimit?.giveBack(1);
      // A batch stays together: it would be another when it came again.
      const end = piece.members.length > 1 ? undefined : awayBy(verdict, first.lease);
      if (end !== undefined) sentAway.push({ held: first, end });
      else waiting.push(piece);
      if (end === undefined && verdict.kind === 'later') turning.wakeIn(verdict.dueAt - clock.now());
    }
    ready = waiting;
    await settleAway(sentAway);
  };

  const gatherUp = (): void => {
    if (gathering === undefined) return;
    for (const members of gathering.takeDue()) ready.push(pieceOf(members));
    // Full of beginnings: the oldest goes before its time, so that others find a place.
    const oldest = ready.length === 0 && inHand - atWork >= waitingMax ? gathering.takeOldest() : undefined;
    if (oldest !== undefined) ready.push(pieceOf(oldest));
    const dueInMs = gathering.dueInMs();
    if (dueInMs !== undefined) turning.wakeIn(dueInMs);
  };

  /** Must not reject: nobody waits for it. */
  const work = async (piece: Piece): Promise<void> => {
    const { members, subject } = piece;
    atWork += members.length;
    beginWork(node);
    try {
      const end = await workPiece({ intake, piece, settle, freeWorker, isRunning: () => running });
      if (subject !== undefined) admission?.ended(subject, end);
    } catch (error) {
      parts.fail(error);
    } finally {
      atWork -= members.length;
      for (const held of members) letGo(held);
      if (inHand === 0) idle?.();
      turning.wake();
      if (admission?.waitsForOthers === true) for (const feed of node.feeds) feed.wake();
    }
  };

  const freeWorker = (): void => {
    endWork(node);
    giveBackWorkers(node, 1);
    intake.onFree();
    turning.wake();
  };

  const settle = async (worked: Worked): Promise<Settled> => {
    committing += 1;
    try {
      return await settleWorked(intake, holding, [worked]);
    } finally {
      committing -= 1;
    }
  };

  /** Everything that is in hand and not worked on goes back. */
  const giveBackWaiting = async (): Promise<void> => {
    const waiting = [...ready.flatMap(({ members }) => members), ...(gathering?.takeAll() ?? [])];
    ready = [];
    await settleAway(waiting.map((held) => ({ held, end: released(intake, held.lease, 'put-off') })));
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
      await turning.stop();
      // A store that failed has been reported, and gives them back when it is opened again.
      await giveBackWaiting().catch(() => {});
      if (inHand > 0) await new Promise<void>((resolve) => (idle = resolve));
      heartbeat.stop();
    },
  };
}

/** A message that leaves the hand without having been worked on. */
interface Away {
  readonly held: Held;
  readonly end: Worked;
}
