import { backoffMs } from '../delivery/backoff.ts';
import { createCancel } from '../delivery/cancel.ts';
import { ruleFor } from '../delivery/retry-rule.ts';
import type { Timer } from '../ports/clock.ts';
import type { PollResult, PreparedPullSource } from '../ports/node-behaviour.ts';
import { boundedCall } from '../running/bounded-call.ts';
import { asWorkError } from '../running/unit.ts';
import type { Feed } from '../worker/feed.ts';
import { createHolding } from '../worker/holding.ts';
import { wakeInTurn } from '../worker/wake-in-turn.ts';
import { giveBackWorkers, noteIdleWorkers, takeWorkers } from '../worker/workers.ts';
import { WorkError } from '../work-error.ts';
import type { SourceParts } from './entry.ts';
import { createPageStore } from './store-page.ts';

/** A source that fails is not asked again in shorter steps than from this base. */
const POLL_BACKOFF_MS = 1_000;

/**
 * Runs a source that decides itself when to look (HTTP poll, schedule, generator): one poll at a time, none while there
 * is no room downstream. The cursor is committed together with the last messages of its page; a page that is repeated
 * after a crash gives the same ids, and those that were stored are left out.
 *
 * A failed poll is repeated from the same cursor for ever, after the wait that the node's retry settings say, or later if
 * the target asks for it.
 */
export function createPoller(source: SourceParts, prepared: PreparedPullSource): Feed {
  const { parts, node, reach } = source;
  const { clock, store, random } = parts;
  const { pipelineId } = source.graph.plan;
  const cursorId = `${pipelineId}/${node.plan.id}`;
  let running = false;
  let polling = false;
  let due = false;
  let failures = 0;
  let timer: Timer | undefined;
  let finished: () => void = () => {};
  const stopping = createCancel(source.signal);
  /** What was redriven at its ports is worked off by its workers, too. */
  const wakeStarved = wakeInTurn(node.feeds, (feed) => feed.starved());
  const holding = createHolding({ node, reach, clock, wake: () => wake() });
  const storePage = createPageStore({ source, cursorId, isRunning: () => running, stopping: stopping.signal });

  const pollIn = (ms: number): void => {
    if (!running) return;
    if (timer !== undefined) clock.clearTimer(timer);
    // Never at once: a source that asks for no pause must not keep time from passing.
    timer = clock.setTimer(Math.max(1, ms), () => {
      timer = undefined;
      due = true;
      wake();
    });
  };

  const wake = (): void => {
    if (!running || polling || !due || !holding.mayStart()) return;
    due = false;
    polling = true;
    takeWorkers(node, 1, clock);
    pollOnce()
      .then((nextMs) => pollIn(nextMs))
      .catch((error: unknown) => parts.fail(error))
      .finally(() => {
        polling = false;
        giveBackWorkers(node, 1);
        noteIdleWorkers(node);
        finished();
        wakeStarved();
        wake();
      });
  };

  const pollOnce = async (): Promise<number> => {
    const startedAt = clock.monotonicMs();
    const { timeoutMs } = node.plan;
    const cursor = await store.cursor(cursorId);
    let page: PollResult;
    try {
      page = await boundedCall({
        clock,
        signal: stopping.signal,
        timeoutMs,
        onTimeout: () =>
          new WorkError(`${node.plan.title} took longer than ${timeoutMs} ms`, {
            code: 'poll-timeout',
            retryable: true,
          }),
        call: (signal) => prepared.poll({ now: () => clock.now(), random, cursor, signal, timeoutMs }),
      });
    } catch (error) {
      if (!running) return 0;
      return pollFailed(error);
    }
    failures = 0;
    node.meters.working.record(clock.monotonicMs() - startedAt);
    node.lastSuccessAt = clock.now();
    parts.trace?.({
      kind: 'polled',
      pipelineId,
      elementId: node.plan.id,
      messageId: page.idBase,
      detail: `${page.outputs.length}`,
    });
    const stored = await storePage(page);
    if (stored) {
      node.meters.completed.add(1);
      node.meters.in.add(page.outputs.length);
    }
    return stored ? page.nextPollMs : 0;
  };

  const pollFailed = (error: unknown): number => {
    const work = asWorkError(error);
    failures += 1;
    node.meters.failed.add(1);
    node.lastError = { code: work.code, message: work.message, at: clock.now() };
    parts.trace?.({
      kind: 'poll-failed',
      pipelineId,
      elementId: node.plan.id,
      messageId: '',
      attempt: failures,
      detail: work.code,
    });
    if (failures === 1) {
      parts.notice({
        pipelineId,
        kind: 'source-failed',
        elementId: node.plan.id,
        text: `${node.plan.title} could not poll: ${work.message}`,
      });
    }
    const { retry } = node.plan;
    return backoffMs({
      retry: { ...retry, baseMs: Math.max(POLL_BACKOFF_MS, retry.baseMs) },
      attempt: failures,
      afterMs: ruleFor(retry.rules, work)?.afterMs,
      retryAfterMs: work.retryAfterMs,
      random,
    });
  };

  return {
    start() {
      running = true;
      store
        .cursor(cursorId)
        .then((cursor) => pollIn(prepared.firstPollMs({ now: () => clock.now(), random, cursor })))
        .catch((error: unknown) => parts.fail(error));
    },
    wake,
    held: holding.held,
    starved: () => false,
    inHand: () => (polling ? 1 : 0),
    async stop() {
      running = false;
      stopping.cancel();
      holding.stop();
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
      if (polling) await new Promise<void>((resolve) => (finished = resolve));
    },
  };
}
