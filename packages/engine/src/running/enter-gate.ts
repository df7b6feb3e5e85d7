import { readPriority } from '../delivery/read-priority.ts';
import type { StoredMessage } from '../message.ts';
import type { WorkError } from '../work-error.ts';
import type { RunningNode, RunningPushWire } from './graph.ts';
import { asWorkError, UnitFailure, type Unit } from './unit.ts';

/** Waits for a place at the gate of a push wire and answers how to leave. Rejects with `UnitFailure`: nobody has been asked yet. */
export async function enterGate(call: {
  readonly unit: Unit;
  readonly wire: RunningPushWire;
  readonly node: RunningNode;
  readonly message: StoredMessage;
  /** Longest wait in line, and what there is for line and work together; ms. */
  readonly deadlineMs: number;
  readonly spilled: boolean;
}): Promise<() => void> {
  const { unit, wire, node, message, spilled } = call;
  try {
    return await wire.gate.enter({
      deadlineMs: Math.max(1, call.deadlineMs),
      priority: wire.plan.priority === undefined ? undefined : readPriority(message, wire.plan.priority),
      signal: unit.signal,
      spilled,
    });
  } catch (error) {
    const work = asWorkError(error);
    noteNotLetIn(unit, wire, message, work);
    throw new UnitFailure(node, work, true);
  }
}

/** Nothing is turned away without a count. */
function noteNotLetIn(unit: Unit, wire: RunningPushWire, message: StoredMessage, { code }: WorkError): void {
  if (code === 'shed') wire.meters.shed.add(1);
  if (code === 'deadline-exceeded') wire.meters.late.add(1);
  if (code === 'cancelled') return;
  unit.parts.trace?.({
    kind: code === 'shed' ? 'shed' : 'held-back',
    pipelineId: unit.graph.plan.pipelineId,
    elementId: wire.plan.id,
    messageId: message.id,
    detail: code,
  });
}
