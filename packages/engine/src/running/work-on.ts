import { coordinate } from '../coordinate/coordinate.ts';
import { reasonToGiveUp, retryWaitMs } from '../delivery/retry-decision.ts';
import type { Message } from '../message.ts';
import type { WorkResult } from '../ports/node-behaviour.ts';
import type { RunningNode } from './graph.ts';
import { handOn } from './hand-on.ts';
import { noteDeferredRetry } from './retry-storm.ts';
import { tryOnce } from './try-once.ts';
import { pause, UnitFailure, type Unit } from './unit.ts';

/**
 * Works on a message at a node and hands its outputs on. `tries` in place: 1 where a durable wire redelivers.
 * Rejects with `UnitFailure`.
 */
export async function workOn(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  readonly tries: number;
  /** The feed has taken the rate limit's token already. */
  readonly tokenTaken: boolean;
}): Promise<void> {
  const { unit, node, message } = request;
  const { clock, random } = unit.parts;
  if (message.attempt === 1) node.meters.in.add(1);
  const { prepared } = node;
  if (prepared.kind === 'coordinator') {
    const outcome = await coordinate({ unit, node, prepared, message });
    return handOn({ unit, node, input: message, result: outcome });
  }
  let result: WorkResult | undefined;
  for (let attempt = 1; result === undefined; attempt += 1) {
    try {
      const tokenTaken = request.tokenTaken && attempt === 1;
      const retry = attempt > 1 ? 'granted' : unit.repeated ? 'to-be-granted' : 'none';
      result = await tryOnce({ unit, node, message, retry, tokenTaken });
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      if (error.heldBack) throw error;
      const retry = { ...node.plan.retry, attempts: request.tries };
      const ageMs = clock.now() - message.enqueuedAt;
      const last = new UnitFailure(node, error.work, false, { triesInPlace: attempt });
      if (reasonToGiveUp({ retry, failure: error, attempt, ageMs }) !== undefined) throw last;
      const waitMs = retryWaitMs({ retry, failure: error, attempt, random });
      if (clock.monotonicMs() + waitMs >= unit.deadlineAt) throw last;
      if (node.retryBudget?.takeNow() === false) {
        noteDeferredRetry(unit, node);
        throw last;
      }
      node.meters.retries.add(1);
      await pause(unit, node, waitMs);
    }
  }
  await handOn({ unit, node, input: message, result });
}
