import type { BreakerTicket } from '../delivery/breaker.ts';
import type { Message } from '../message.ts';
import { readKeyPath } from '../plan/key-path.ts';
import type { Output, PreparedWork, WorkResult } from '../ports/node-behaviour.ts';
import { WorkError } from '../work-error.ts';
import { boundedCall } from './bounded-call.ts';
import type { RunningNode } from './graph.ts';
import { RATE_PATIENCE } from './reach.ts';
import { noteDeferredRetry } from './retry-storm.ts';
import { asWorkError, heldBack, pause, putOff, UnitFailure, type Unit } from './unit.ts';

export interface Try {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  /** Whether the target has been tried with this message before, and if so, whether the retry budget has been asked. */
  readonly retry: 'none' | 'to-be-granted' | 'granted';
  /** The feed has taken the rate limit's token already. */
  readonly tokenTaken: boolean;
}

/** A connector measures its own time, on a clock that may be ahead of ours by so much. */
const CLOCK_SLACK_MS = 20;

/**
 * One try of a node at a message: rate, rest, breaker and retry budget first, then the behaviour within its time. Rejects
 * with `UnitFailure`.
 */
export async function tryOnce(request: Try): Promise<WorkResult> {
  const { unit, node, message, retry } = request;
  const { clock } = unit.parts;
  if (node.prepared.kind === 'event-source') return { outputs: [passOn(message)] };
  if (node.prepared.kind !== 'work') throw new Error(`Node ${node.plan.id} is a source: no wire can lead to it`);

  const isLimited = node.rateLimit !== undefined || node.keyedLimit !== undefined;
  const giveTokenBack = isLimited ? await takeRate(request) : undefined;
  let ticket: BreakerTicket | undefined;
  try {
    ticket = admit(request);
  } catch (error) {
    giveTokenBack?.();
    if (retry === 'granted') node.retryBudget?.giveBack();
    throw error;
  }

  const startedAt = clock.monotonicMs();
  const leftMs = unit.deadlineAt - startedAt;
  try {
    const answer = withTimeout({ unit, node, prepared: node.prepared, message, leftMs });
    const result = answer instanceof Promise ? await answer : answer;
    if (ticket !== undefined) node.breaker?.settle(ticket, 'success');
    if (retry !== 'none') node.retryBudget?.giveBack();
    node.meters.working.record(clock.monotonicMs() - startedAt);
    node.lastSuccessAt = clock.now();
    return result;
  } catch (error) {
    const isCutShort = leftMs < node.plan.timeoutMs && clock.monotonicMs() + CLOCK_SLACK_MS >= unit.deadlineAt;
    const work = isCutShort ? asCutShort(node, asWorkError(error), leftMs) : asWorkError(error);
    const cancelled = work.code === 'cancelled';
    if (ticket !== undefined) node.breaker?.settle(ticket, outcomeOf(work));
    if (!cancelled) {
      node.meters.failed.add(1);
      node.meters.working.record(clock.monotonicMs() - startedAt);
      node.lastError = { code: work.code, message: work.message, at: clock.now() };
      if (work.targetFailed && work.retryAfterMs !== undefined) {
        node.restUntil = Math.max(node.restUntil, clock.monotonicMs() + work.retryAfterMs);
      }
      unit.parts.trace?.({
        kind: 'failed',
        pipelineId: unit.graph.plan.pipelineId,
        elementId: node.plan.id,
        messageId: message.id,
        attempt: message.attempt,
        detail: work.code,
      });
    }
    // A probe that did not reach its target says nothing about this message.
    const probeLost = ticket?.probe === true && (work.code === 'target-unreachable' || work.code === 'target-timeout');
    throw new UnitFailure(node, work, cancelled || probeLost);
  }
}

/** Asks all that may keep a try from being made, without a pause in between, and takes what it needs. */
function admit({ unit, node, message, retry }: Try): BreakerTicket | undefined {
  const { title } = node.plan;
  const restMs = node.restUntil - unit.parts.clock.monotonicMs();
  if (restMs > 0) throw heldBack(node, 'target-resting', `The target of ${title} asked for rest`, restMs);
  const openMs = node.breaker?.waitMs() ?? 0;
  if (openMs > 0) {
    throw heldBack(node, 'breaker-open', `The breaker of ${title} is open`, Number.isFinite(openMs) ? openMs : 1_000);
  }
  if (retry === 'none') node.retryBudget?.firstTry();
  const waitMs = retry === 'to-be-granted' ? (node.retryBudget?.take(nameOf(unit, node, message)) ?? 0) : 0;
  if (waitMs > 0) {
    noteDeferredRetry(unit, node);
    throw putOff(node, 'retry-deferred', `The retries at ${title} have used up their budget`, waitMs);
  }
  return node.breaker?.admit();
}

/** What a failure tells of the target. A permanent refusal is an answer: the target is well. */
function outcomeOf(work: WorkError): 'success' | 'failure' | 'unknown' {
  if (work.code === 'cancelled' || work.code === 'deadline-exceeded') return 'unknown';
  return work.targetFailed ? 'failure' : 'success';
}

/** The caller's time was up before the node's own: nobody knows whether the target would have answered. */
function asCutShort(node: RunningNode, work: WorkError, leftMs: number): WorkError {
  if (work.code !== 'target-timeout' && work.code !== 'work-timeout') return work;
  return new WorkError(
    `${node.plan.title} did not end within the ${Math.round(leftMs)} ms that were left of the deadline`,
    {
      code: 'deadline-exceeded',
      retryable: true,
      cause: work,
    },
  );
}

function passOn(message: Message): Output {
  return { payload: message.payload };
}

/** Takes a token of the node's rate limit, and waits for it where a caller waits. Answers how to give it back. */
async function takeRate({ unit, node, message, tokenTaken }: Try): Promise<() => void> {
  const { rateLimit, keyedLimit, plan } = node;
  if (keyedLimit !== undefined) {
    // A batch carries the value that its members have in common as its key. What names no key shares one limit.
    const key = readKeyPath(message, plan.rate?.key ?? '') ?? (plan.batch === undefined ? '' : message.key);
    const who = nameOf(unit, node, message);
    await takeToken({ unit, node, mayWait: !tokenTaken, take: () => keyedLimit.take(key, who) });
    return () => keyedLimit.giveBack(key);
  }
  if (rateLimit === undefined) return () => {};
  if (!tokenTaken) await takeToken({ unit, node, mayWait: true, take: () => rateLimit.take() });
  return () => rateLimit.giveBack(1);
}

async function takeToken(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  /** Somebody waits for the answer. Else the message goes back to its wire until its turn. */
  readonly mayWait: boolean;
  readonly take: () => number;
}): Promise<void> {
  const { unit, node } = request;
  for (;;) {
    const waitMs = request.take();
    if (waitMs === 0) return;
    if (!request.mayWait) throw putOff(node, 'rate-limited', `The rate limit of ${node.plan.title} is used up`, waitMs);
    if (waitMs > (unit.deadlineAt - unit.parts.clock.monotonicMs()) * RATE_PATIENCE) {
      const text = `The rate limit of ${node.plan.title} leaves no room before the deadline`;
      throw node.keyedLimit === undefined
        ? heldBack(node, 'rate-limited', text, waitMs)
        : putOff(node, 'rate-limited', text, waitMs);
    }
    await pause(unit, node, waitMs);
  }
}

/** By this name it waits for its turn; several nodes may share a budget. */
function nameOf(unit: Unit, node: RunningNode, message: Message): string {
  return `${unit.graph.plan.pipelineId}/${node.plan.id}/${message.id}`;
}

/** One call of the behaviour, bounded by the node's timeout, the unit's deadline and the stop of the engine. */
function withTimeout(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly prepared: PreparedWork;
  readonly message: Message;
  /** Until the unit's deadline. */
  readonly leftMs: number;
}): WorkResult | Promise<WorkResult> {
  const { unit, node } = request;
  const { clock } = unit.parts;
  const timeoutMs = Math.max(1, Math.min(node.plan.timeoutMs, request.leftMs));
  return boundedCall({
    clock,
    signal: unit.signal,
    timeoutMs,
    onTimeout: () =>
      new WorkError(`${node.plan.title} took longer than ${timeoutMs} ms`, {
        code: node.plan.definition.callsOut ? 'target-timeout' : 'work-timeout',
        retryable: true,
        targetFailed: node.plan.definition.callsOut,
      }),
    call: (signal) => request.prepared.work(request.message, { now: () => clock.now(), timeoutMs, signal }),
  });
}
