import { reasonToGiveUp } from '../delivery/retry-decision.ts';
import type { Message } from '../message.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import { divert, hasFailedPort } from './divert.ts';
import type { RunningNode } from './graph.ts';
import { UnitFailure, type Unit } from './unit.ts';
import { workOn } from './work-on.ts';

interface Called {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
}

/**
 * Works on a message at a node that is called. When that fails for good and a wire leads from the node's port `failed`,
 * the message goes out there instead, and the call has succeeded: the failure is handled as it was drawn. It fails for good
 * when no retry can help, when the tries that the node makes by its own settings are used up, or when whoever owns the
 * retries has none left.
 *
 * What the call had stored by then is dropped. Where somebody waits for an answer, and where the port's own push wires
 * fail, the failure goes back to the caller.
 */
export async function workOrDivert({ unit, node, message }: Called): Promise<'worked' | 'diverted'> {
  const inPlace = { node, message, tries: node.plan.triesInPlace, tokenTaken: false };
  if (!hasFailedPort(node.plan) || unit.answers !== undefined) {
    await workOn({ ...inPlace, unit });
    return 'worked';
  }
  const draft: Unit = { ...unit, operations: [], afterCommit: [] };
  try {
    await workOn({ ...inPlace, unit: draft });
  } catch (error) {
    if (!(error instanceof UnitFailure) || !isForGood({ unit, node }, error)) throw error;
    keep(unit, await outletFor({ unit, node, message }, error));
    return 'diverted';
  }
  keep(unit, draft);
  return 'worked';
}

function isForGood({ unit, node }: Pick<Called, 'unit' | 'node'>, failure: UnitFailure): boolean {
  if (failure.heldBack) return false;
  if (unit.givesUp?.(failure) === true) return true;
  const { plan } = node;
  if (reasonToGiveUp({ retry: plan.retry, failure, attempt: 0, ageMs: 0 }) === 'permanent') return true;
  return failure.node === node && saysItsTries(plan) && failure.triesInPlace >= plan.triesInPlace;
}

/** Without a word of it in the document the caller owns the retries. */
function saysItsTries({ document }: NodePlan): boolean {
  const { retry } = document.work ?? {};
  return retry?.attempts !== undefined || retry?.schedule !== undefined;
}

async function outletFor({ unit, node, message }: Called, error: UnitFailure): Promise<Unit> {
  const outlet: Unit = { ...unit, operations: [], afterCommit: [] };
  const attempts = Math.max(error.triesInPlace, unit.lease?.message.attempt ?? 1);
  const { code, message: text } = error.work;
  try {
    await divert({
      unit: outlet,
      node,
      message,
      cause: { code, message: text, nodeId: error.node.plan.id, attempts },
    });
    return outlet;
  } catch (failure) {
    // The message is still with the caller, whose failure this was in the first place.
    throw failure instanceof UnitFailure ? error : failure;
  }
}

function keep(unit: Unit, part: Unit): void {
  unit.operations.push(...part.operations);
  unit.afterCommit.push(...part.afterCommit);
}
