import { noteHop } from '../measure/note-hop.ts';
import { asWorkError, UnitFailure, type CallOver } from './unit.ts';
import { workOn } from './work-on.ts';

/** Refusals before the target was asked. */
const HELD_BACK_CODES: ReadonlySet<string> = new Set([
  'breaker-open',
  'target-resting',
  'wire-busy',
  'rate-limited',
  'deadline-exceeded',
  'cancelled',
]);

/** Calls the consumer of a push wire: waits for a place at its gate, works there, and what is behind it. Rejects with `UnitFailure`. */
export const callOver: CallOver = async ({ unit, wire, message }) => {
  const { clock } = unit.parts;
  const node = unit.graph.nodes.get(wire.plan.to);
  if (node === undefined) throw new Error(`Wire ${wire.plan.id} leads to ${wire.plan.to}, which does not exist`);
  wire.meters.in.add(1);
  const enteredAt = clock.monotonicMs();
  const deadlineAt = Math.min(unit.deadlineAt, enteredAt + wire.plan.deadlineMs);
  const leave = await wire.gate.enter(Math.max(1, deadlineAt - enteredAt)).catch((error: unknown) => {
    const work = asWorkError(error);
    throw new UnitFailure(node, work, HELD_BACK_CODES.has(work.code));
  });
  wire.meters.waiting.record(clock.monotonicMs() - enteredAt);
  const startedAt = clock.monotonicMs();
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
    await workOn({
      unit: { ...unit, deadlineAt },
      node,
      message: { ...message, attempt: 1 },
      tries: node.plan.triesInPlace,
      tokenTaken: false,
    });
    wire.meters.out.add(1);
    unit.afterCommit.push(() => note('worked'));
  } catch (error) {
    if (error instanceof UnitFailure && error.node === node && !error.heldBack) note('failed', error);
    throw error;
  } finally {
    node.called -= 1;
    leave();
  }
};
