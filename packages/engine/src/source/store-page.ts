import { isShelf } from '../limits/dead-letter-shelf.ts';
import { noteHop } from '../measure/note-hop.ts';
import { causeOf } from '../delivery/cause.ts';
import { reasonToGiveUp, retryWaitMs } from '../delivery/retry-decision.ts';
import { countedFor } from '../delivery/store-on-wire.ts';
import type { Timer } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import type { DeadLetter, StoreOperation } from '../ports/message-store.ts';
import type { PollResult } from '../ports/node-behaviour.ts';
import { commitFitting } from '../running/commit-fitting.ts';
import { roomAt } from '../running/reach.ts';
import { UnitFailure, type Unit } from '../running/unit.ts';
import { WorkError } from '../work-error.ts';
import { enter, openSourceUnit, sendIn, type SourceParts } from './entry.ts';

/** A poller that waits for room looks again after this. */
const ROOM_LOOK_MS = 20;
/** One that waits for room for dead letters, after this. */
const SHELF_LOOK_MS = 1_000;
/** Messages stored in one commit. The cursor moves with the last commit of a page. */
const COMMIT_MAX = 500;
/** How long the parts of a page are known; a page is repeated as soon as its source runs again. */
const PART_KNOWN_MS = 86_400_000;

/**
 * Stores the pages of a poller, with the cursor in the last commit of each. Answers false when the engine stopped before
 * all was stored: the cursor has not moved then.
 *
 * A message whose push chain fails is tried again in place by the node's retry settings, then goes to dead letter: the
 * source owns these retries because nobody else can.
 */
export function createPageStore(request: {
  readonly source: SourceParts;
  readonly cursorId: string;
  readonly isRunning: () => boolean;
  /** Given when the source is to stop: rests end at once. */
  readonly stopping: CancelSignal;
}): (page: PollResult) => Promise<boolean> {
  const { source, cursorId, isRunning, stopping } = request;
  const { parts, node, reach } = source;
  const { clock, store, random } = parts;
  const { pipelineId } = source.graph.plan;

  const storePage = async (page: PollResult): Promise<boolean> => {
    let chunkMax = Math.max(1, Math.min(COMMIT_MAX, ...reach.rooms.map(({ by }) => halfCapacity(by))));
    const cursor: StoreOperation[] =
      page.cursor === undefined ? [] : [{ op: 'cursor', source: cursorId, value: page.cursor }];
    for (let from = 0; from < page.outputs.length || from === 0;) {
      const entries = page.outputs.slice(from, from + chunkMax).map((output, offset) => {
        const base = output.identity === undefined ? `${cursorId}/${page.idBase}` : cursorId;
        return enter({ source, output, base, index: from + offset });
      });
      const last = from + chunkMax >= page.outputs.length ? cursor : [];
      const isPart = entries.length < page.outputs.length;
      const unit = openSourceUnit(source, source.signal);
      for (const entry of entries) {
        if (isPart && (await store.recall(cursorId, entry.message.id)) !== undefined) continue;
        if (!(await sendPatiently(unit, entry))) return false;
        if (isPart) unit.operations.push(rememberPart(entry.message.id));
      }
      const stored = await commitPatiently([...unit.operations, ...last]);
      if (stored === 'stopped') return false;
      if (stored === 'too-large' && chunkMax > 1) {
        // One of them is what does not fit: again, one by one, with the same ids.
        chunkMax = 1;
        continue;
      }
      if (stored === 'too-large') {
        const given = entries.map((entry) => letterFor(entry, tooLargeFailure(), 'permanent', 1));
        const letters = given.map((letter) => ({ op: 'dead-letter', letter }) as const);
        if ((await commitPatiently([...letters, ...last])) !== 'stored') return false;
        for (const letter of given) noteGivenUp(letter);
      } else {
        for (const after of unit.afterCommit) after();
        for (const { message } of entries) noteHop(source, message, { kind: 'accepted', nodeId: node.plan.id });
      }
      from += Math.max(1, entries.length);
    }
    return true;
  };

  /** A page that is stored in parts may be repeated after a crash; what of it is stored already must not be stored twice. */
  const rememberPart = (messageId: string): StoreOperation => ({
    op: 'remember',
    scope: cursorId,
    key: messageId,
    messageId,
    expiresAt: clock.now() + PART_KNOWN_MS,
  });

  const tooLargeFailure = (): UnitFailure =>
    new UnitFailure(
      node,
      new WorkError('What comes of this message is larger than a wire behind its source may ever hold', {
        code: 'too-large-for-wire',
        retryable: false,
      }),
      false,
    );

  const noteGivenUp = (letter: DeadLetter): void => {
    const text = `Message ${letter.message.id} was given up at ${letter.nodeId} (${letter.reason}): ${letter.error.message}`;
    parts.notice({ pipelineId, kind: 'dead-lettered', elementId: letter.nodeId, text });
    noteHop(source, letter.message, {
      kind: 'dead-lettered',
      nodeId: letter.nodeId,
      attempt: letter.attempts,
      code: letter.error.code,
      text: letter.error.message,
    });
  };

  const halfCapacity = (wireId: string): number => {
    const wire = source.graph.wires.get(wireId);
    return wire?.plan.delivery === 'pull' ? Math.ceil(wire.plan.limit.messages / 2) : COMMIT_MAX;
  };

  /** Sends over push wires until it worked or was given up. After a stop there is one try, up to the deadline of the stop. */
  const sendPatiently = async (unit: Unit, entry: ReturnType<typeof enter>): Promise<boolean> => {
    for (let attempt = 1; ;) {
      // A try that fails leaves nothing behind: its operations go into a draft of their own.
      const reasonFor = (failure: UnitFailure): ReturnType<typeof reasonToGiveUp> => {
        const ageMs = clock.now() - entry.message.enqueuedAt;
        return failure.heldBack ? undefined : reasonToGiveUp({ retry: node.plan.retry, failure, attempt, ageMs });
      };
      const draft = openSourceUnit(source, source.signal, {
        repeated: attempt > 1,
        givesUp: (failure) => reasonFor(failure) !== undefined,
      });
      try {
        await sendIn(draft, source, entry);
        unit.operations.push(...draft.operations);
        unit.afterCommit.push(...draft.afterCommit);
        return true;
      } catch (error) {
        if (!(error instanceof UnitFailure)) throw error;
        if (!isRunning()) return false;
        const { heldBack } = error;
        const { retry } = node.plan;
        const reason = reasonFor(error);
        if (reason !== undefined) {
          const letter = letterFor(entry, error, reason, attempt);
          unit.operations.push({ op: 'dead-letter', letter });
          unit.afterCommit.push(() => noteGivenUp(letter));
          return true;
        }
        await rest(retryWaitMs({ retry, failure: error, attempt, random }));
        if (!heldBack) {
          attempt += 1;
          node.meters.retries.add(1);
        }
      }
    }
  };

  const letterFor = (
    entry: ReturnType<typeof enter>,
    error: UnitFailure,
    reason: DeadLetter['reason'],
    attempts: number,
  ): DeadLetter => ({
    id: `${node.plan.id}-${entry.message.id}-${clock.now()}`,
    pipelineId,
    nodeId: error.node.plan.id,
    entry: { nodeId: node.plan.id, port: entry.port },
    version: source.graph.plan.version,
    reason,
    error: { code: error.work.code, message: error.work.message },
    cause: causeOf(error.work),
    attempts,
    history: [{ attempt: attempts, at: clock.now(), code: error.work.code, message: error.work.message }],
    message: entry.message,
    deadAt: clock.now(),
  });

  /** Commits, waiting for room as long as it takes, until the engine stops. */
  const commitPatiently = async (
    operations: readonly StoreOperation[],
  ): Promise<'stored' | 'stopped' | 'too-large'> => {
    if (operations.length === 0) return 'stored';
    for (;;) {
      const result = await commitFitting(parts, operations);
      if (result.ok) return 'stored';
      if (result.reason === 'too-large') return 'too-large';
      if (result.reason !== 'full' || !isRunning()) return 'stopped';
      const { at } = result;
      if (isShelf(at)) {
        await shelfHasRoom();
        continue;
      }
      const wanted = countedFor(operations, at);
      const room = roomAt(reach, source.graph, at)?.room;
      room?.refused(wanted);
      parts.trace?.({ kind: 'full', pipelineId, elementId: node.plan.id, messageId: '', detail: at });
      do await rest(ROOM_LOOK_MS);
      while (isRunning() && room !== undefined && room.left() < wanted && room.messages() > 0);
    }
  };

  /** Nothing is given up for want of room: the source waits, and is seen to. */
  const shelfHasRoom = async (): Promise<void> => {
    const { shelf } = source.graph;
    shelf.refused();
    const since = clock.now();
    for (let hold = shelf.hold(); isRunning() && hold !== undefined; hold = shelf.hold()) {
      node.hold = { ...hold, since };
      await rest(SHELF_LOOK_MS);
    }
    node.hold = undefined;
  };

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      let resting: Timer | undefined;
      const detach = stopping.onCancel(() => {
        if (resting !== undefined) clock.clearTimer(resting);
        resolve();
      });
      resting = clock.setTimer(ms, () => {
        detach();
        resolve();
      });
    });

  return storePage;
}
