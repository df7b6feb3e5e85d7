import type { Message } from '../message.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { enterGate } from './enter-gate.ts';
import type { RunningNode, RunningPushWire } from './graph.ts';
import { SPILLED_WAIT_MS } from './reach.ts';
import type { Unit } from './unit.ts';
import { workOn } from './work-on.ts';

/** Where messages wait that found no place: they go over the gate of their wire like any other call. */
export interface SpillOver {
  readonly wire: RunningPushWire;
  /** Given when the feed stops: who is not let in yet goes back at once. */
  readonly stopping: CancelSignal;
}

/** The call of a message that was spilled. Its queue redelivers, so there is one try. Rejects with `UnitFailure`. */
export async function callSpilled(call: {
  readonly unit: Unit;
  readonly over: SpillOver;
  readonly node: RunningNode;
  readonly message: Message;
}): Promise<void> {
  const { unit, node, message } = call;
  const { wire, stopping } = call.over;
  const { clock } = unit.parts;
  const waiting = { ...unit, signal: stopping };
  const leave = await enterGate({ unit: waiting, wire, node, message, deadlineMs: SPILLED_WAIT_MS, spilled: true });
  const startedAt = clock.monotonicMs();
  try {
    // Its time begins when it is let in.
    const deadlineAt = Math.min(unit.deadlineAt, startedAt + wire.plan.deadlineMs);
    await workOn({ unit: { ...unit, deadlineAt }, node, message, tries: 1, tokenTaken: true });
    wire.meters.calling.record(clock.monotonicMs() - startedAt);
  } finally {
    leave();
  }
}
