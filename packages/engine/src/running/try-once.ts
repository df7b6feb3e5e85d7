import type { Message } from '../message.ts';
import type { Output, PreparedWork, WorkResult } from '../ports/node-behaviour.ts';
import { WorkError } from '../work-error.ts';
import { boundedCall } from './bounded-call.ts';
import type { RunningNode } from './graph.ts';
import { RATE_PATIENCE } from './reach.ts';
import { asWorkError, heldBack, pause, UnitFailure, type Unit } from './unit.ts';

/** A connector measures its own time, on a clock that may be ahead of ours by so much. */
const CLOCK_SLACK_MS = 20;

/**
 * One try of a node at a message: rate limit, rest and breaker first, then the behaviour within its time. Rejects with
 * `UnitFailure`.
 */
export async function tryOnce(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  readonly tokenTaken: boolean;
}): Promise<WorkResult> {
  const { unit, node, message } = request;
  const { clock } = unit.parts;
  if (node.prepared.kind === 'event-source') return { outputs: [passOn(message)] };
  if (node.prepared.kind !== 'work') throw new Error(`Node ${node.plan.id} is a source: no wire can lead to it`);

  if (!request.tokenTaken) await takeToken(unit, node);
  const restMs = node.restUntil - clock.monotonicMs();
  if (restMs > 0) {
    throw heldBack(node, 'target-resting', `The target of ${node.plan.title} asked for rest`, restMs);
  }
  const ticket = node.breaker?.admit();
  if (node.breaker !== undefined && ticket === undefined) {
    const waitMs = node.breaker.waitMs();
    throw heldBack(
      node,
      'breaker-open',
      `The breaker of ${node.plan.title} is open`,
      Number.isFinite(waitMs) ? waitMs : 1_000,
    );
  }

  const startedAt = clock.monotonicMs();
  const leftMs = unit.deadlineAt - startedAt;
  try {
    const result = await withTimeout({ unit, node, prepared: node.prepared, message });
    if (ticket !== undefined) node.breaker?.settle(ticket, 'success');
    node.meters.working.record(clock.monotonicMs() - startedAt);
    node.lastSuccessAt = clock.now();
    return result;
  } catch (error) {
    const isCutShort = leftMs < node.plan.timeoutMs && clock.monotonicMs() + CLOCK_SLACK_MS >= unit.deadlineAt;
    const work = isCutShort ? asCutShort(node, asWorkError(error), leftMs) : asWorkError(error);
    const cancelled = work.code === 'cancelled';
    if (ticket !== undefined) {
      node.breaker?.settle(ticket, outcomeOf(work));
    }
    if (!cancelled) {
      node.meters.failed.add(1);
      node.meters.working.record(clock.monotonicMs() - startedAt);
      node.lastError = { code: work.code, message: work.message, at: clock.now() };
      if (work.targetFailed && work.retryAfterMs !== undefined) {
        node.restUntil = Math.max(node.restUntil, clock.monotonicMs() + work.retryAfterMs);
      }
      unit.parts.trace({
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

async function takeToken(unit: Unit, node: RunningNode): Promise<void> {
  for (;;) {
    const waitMs = node.rateLimit?.take() ?? 0;
    if (waitMs === 0) return;
    if (waitMs > (unit.deadlineAt - unit.parts.clock.monotonicMs()) * RATE_PATIENCE) {
      throw heldBack(
        node,
        'rate-limited',
        `The rate limit of ${node.plan.title} leaves no room before the deadline`,
        waitMs,
      );
    }
    await pause(unit, node, waitMs);
  }
}

/** One call of the behaviour, bounded by the node's timeout, the unit's deadline and the stop of the engine. */
function withTimeout(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly prepared: PreparedWork;
  readonly message: Message;
}): Promise<WorkResult> {
  const { unit, node } = request;
  const { clock } = unit.parts;
  const timeoutMs = Math.max(1, Math.min(node.plan.timeoutMs, unit.deadlineAt - clock.monotonicMs()));
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
