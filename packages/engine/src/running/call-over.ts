import { appendTo } from '../delivery/store-on-wire.ts';
import { noteHop } from '../measure/note-hop.ts';
import type { StoredMessage } from '../message.ts';
import { enterGate } from './enter-gate.ts';
import type { RunningNode, RunningPullWire, RunningPushWire } from './graph.ts';
import { heldBack, UnitFailure, type CallOver, type Unit } from './unit.ts';
import { workOrDivert } from './work-or-divert.ts';

/**
 * Calls the consumer of a push wire: waits for a place at its gate, works there, and what is behind it. Where there is no
 * place and the wire spills, the message goes to its queue, with all else that the unit stores. Rejects with `UnitFailure`.
 */
export const callOver: CallOver = async ({ unit, wire, message }) => {
  const { clock } = unit.parts;
  const node = consumerOf(unit, wire);
  wire.meters.in.add(1);
  if (wire.spill !== undefined && wire.gate.places() <= 0)
    return spill({ unit, wire, node, spill: wire.spill, message });

  const enteredAt = clock.monotonicMs();
  const deadlineAt = Math.min(unit.deadlineAt, enteredAt + wire.plan.deadlineMs);
  const leave = await enterGate({ unit, wire, node, message, deadlineMs: deadlineAt - enteredAt, spilled: false });
  const startedAt = clock.monotonicMs();
  wire.meters.waiting.record(startedAt - enteredAt);
  const note = (kind: 'worked' | 'failed', failure?: UnitFailure): void =>
    noteHop(unit, message, {
      kind,
      nodeId: node.plan.id,
      wireId: wire.plan.id,
      attempt: 1,
      waitedMs: startedAt - enteredAt,
      workedMs: clock.monotonicMs() - startedAt,
      ...(failure === undefined ? {} : { code: failure.work.code, text: failure.work.message }),
    });
  node.called += 1;
  try {
    const end = await workOrDivert({ unit: { ...unit, deadlineAt }, node, message: { ...message, attempt: 1 } });
    wire.meters.calling.record(clock.monotonicMs() - startedAt);
    wire.meters.out.add(1);
    if (end === 'worked') unit.afterCommit.push(() => note('worked'));
  } catch (error) {
    if (error instanceof UnitFailure && error.node === node && !error.heldBack) note('failed', error);
    throw error;
  } finally {
    node.called -= 1;
    leave();
  }
};

function consumerOf(unit: Unit, wire: RunningPushWire): RunningNode {
  const node = unit.graph.nodes.get(wire.plan.to);
  if (node === undefined) throw new Error(`Wire ${wire.plan.id} leads to ${wire.plan.to}, which does not exist`);
  return node;
}

function spill(call: {
  readonly unit: Unit;
  readonly wire: RunningPushWire;
  readonly node: RunningNode;
  readonly spill: RunningPullWire;
  readonly message: StoredMessage;
}): void {
  const { unit, wire, node, message } = call;
  const { plan, room, meters } = call.spill;
  // Whoever waits for an answer must not be told that there will be one some time.
  if (unit.answers !== undefined || !room.isOpen('caller')) {
    const full = unit.answers === undefined ? ', and its queue for such calls is full' : '';
    throw heldBack(node, 'wire-busy', `Wire ${wire.plan.id} has no place left${full}`, 1_000);
  }
  unit.operations.push(appendTo(plan, message));
  unit.afterCommit.push(() => {
    room.add(1);
    meters.in.add(1);
    unit.parts.trace?.({
      kind: 'spilled',
      pipelineId: unit.graph.plan.pipelineId,
      elementId: wire.plan.id,
      messageId: message.id,
    });
  });
}
