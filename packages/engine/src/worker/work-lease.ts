import { createCancel } from '../delivery/cancel.ts';
import type { AttemptRecord, DeadLetterReason, Lease, StoreOperation } from '../ports/message-store.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import type { RunningGraph, RunningNode, RunningWire } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Reach } from '../running/reach.ts';
import { openUnit } from '../running/open-unit.ts';
import { asWorkError, UnitFailure } from '../running/unit.ts';
import { workOn } from '../running/work-on.ts';
import { WorkError } from '../work-error.ts';
import { deadLetterOperations, decideSettlement } from './settle.ts';

/** Where a feed takes its messages and on whose behalf. */
export interface Intake {
  /** That of the version that counts now: read it each time, another may have taken over. */
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  readonly node: RunningNode;
  readonly reach: Reach;
  /** The wire, or the subscribing node itself. */
  readonly sourceId: string;
  /** Absent where a subscriber reads a topic. */
  readonly wire: RunningWire | undefined;
  readonly onPoison: 'park' | 'block';
  readonly expireAfterMs: number | undefined;
  readonly signal: CancelSignal;
  /** A worker of the node is free again: its other feeds may want it. */
  readonly onFree: () => void;
}

/** A lease that has been worked on: what to commit, and what to do once it is committed. */
export interface Worked {
  readonly lease: Lease;
  readonly operations: readonly StoreOperation[];
  readonly outcome: 'done' | 'dead-lettered' | 'retry' | 'released';
  readonly afterCommit: readonly (() => void)[];
}

/** Works on one lease and says what to commit. Never rejects, whatever the node does. */
export async function workLease(intake: Intake, lease: Lease): Promise<Worked> {
  const { parts, node, graph, wire } = intake;
  const { clock } = parts;
  const { message } = lease;
  const now = clock.now();

  if (lease.crashes >= node.plan.quarantineAfter) {
    const text = `The process died ${lease.crashes} times with this message in hand`;
    return giveUp(intake, lease, {
      nodeId: node.plan.id,
      reason: 'quarantined',
      failure: record(lease, now, 'crashed-in-hand', text),
    });
  }
  if (intake.expireAfterMs !== undefined && now - message.enqueuedAt > intake.expireAfterMs) {
    const text = `Waited ${now - message.enqueuedAt} ms; the wire keeps messages for ${intake.expireAfterMs} ms`;
    return giveUp(intake, lease, {
      nodeId: node.plan.id,
      reason: 'expired',
      failure: record(lease, now, 'expired', text),
    });
  }

  if (message.attempt > 1) {
    wire?.meters.retries.add(1);
    node.meters.retries.add(1);
  } else {
    wire?.meters.waiting.record(Math.max(0, now - message.enqueuedAt));
  }
  parts.trace({
    kind: 'leased',
    pipelineId: graph.plan.pipelineId,
    elementId: intake.sourceId,
    messageId: message.id,
    attempt: message.attempt,
  });

  const cancel = createCancel(intake.signal);
  const unit = openUnit({
    graph,
    parts,
    signal: cancel.signal,
    deadlineAt: clock.monotonicMs() + intake.reach.longestMs,
    lease,
  });
  try {
    await workOn({ unit, node, message, tries: 1, tokenTaken: true });
    return {
      lease,
      operations: [{ op: 'ack', lease }, ...unit.operations],
      outcome: 'done',
      afterCommit: [...unit.afterCommit, () => taken(intake, 'committed', lease)],
    };
  } catch (error) {
    // What the other branches of the unit would still do is of no use: nothing of it will be stored.
    cancel.cancel();
    return settleFailure(intake, lease, error);
  } finally {
    cancel.detach();
  }
}

function settleFailure(intake: Intake, lease: Lease, error: unknown): Worked {
  const { parts, node } = intake;
  const failure = error instanceof UnitFailure ? error : new UnitFailure(node, asWorkError(error), false);
  const now = parts.clock.now();
  const settlement = decideSettlement({
    lease,
    failure,
    retry: node.plan.retry,
    onPoison: intake.onPoison,
    now,
    random: parts.random,
  });
  switch (settlement.kind) {
    case 'release':
      return {
        lease,
        operations: [{ op: 'release', lease }],
        outcome: 'released',
        afterCommit: [() => note(intake, 'released', lease, failure.work)],
      };
    case 'retry':
      return {
        lease,
        operations: [{ op: 'retry', lease, dueAt: settlement.dueAt, failure: settlement.failure }],
        outcome: 'retry',
        afterCommit: [() => note(intake, 'retry', lease, failure.work)],
      };
    case 'dead-letter':
      return giveUp(intake, lease, {
        nodeId: failure.node.plan.id,
        reason: settlement.reason,
        failure: settlement.failure,
      });
  }
}

/** What the message would have stored has no room on a wire even when that wire is empty. */
export function giveUpTooLarge(intake: Intake, lease: Lease, at: string): Worked {
  const text = `What comes of this message is larger than ${at} may ever hold`;
  const failure = record(lease, intake.parts.clock.now(), 'too-large-for-wire', text);
  return giveUp(intake, lease, { nodeId: intake.node.plan.id, reason: 'permanent', failure });
}

function giveUp(
  intake: Intake,
  lease: Lease,
  cause: { readonly nodeId: string; readonly reason: DeadLetterReason; readonly failure: AttemptRecord },
): Worked {
  const { parts, graph } = intake;
  const pipelineId = graph.plan.pipelineId;
  return {
    lease,
    operations: deadLetterOperations({
      lease,
      pipelineId,
      version: graph.plan.version,
      nodeId: cause.nodeId,
      wireId: intake.sourceId,
      reason: cause.reason,
      failure: cause.failure,
      now: parts.clock.now(),
    }),
    outcome: 'dead-lettered',
    afterCommit: [
      () => {
        taken(intake, 'dead-lettered', lease);
        parts.notice({
          pipelineId,
          kind: 'dead-lettered',
          elementId: cause.nodeId,
          text: `Message ${lease.message.id} was given up at ${cause.nodeId} (${cause.reason}): ${cause.failure.message}`,
        });
      },
    ],
  };
}

/** The message has left its wire. */
function taken(intake: Intake, kind: 'committed' | 'dead-lettered', lease: Lease): void {
  const { wire } = intake;
  if (wire !== undefined) {
    wire.meters.out.add(1);
    if ('room' in wire) wire.room.add(-1);
  }
  intake.parts.trace({
    kind,
    pipelineId: intake.graph.plan.pipelineId,
    elementId: intake.sourceId,
    messageId: lease.message.id,
    attempt: lease.message.attempt,
  });
}

function note(intake: Intake, kind: 'retry' | 'released', lease: Lease, error: WorkError): void {
  intake.parts.trace({
    kind,
    pipelineId: intake.graph.plan.pipelineId,
    elementId: intake.sourceId,
    messageId: lease.message.id,
    attempt: lease.message.attempt,
    detail: error.code,
  });
}

function record(lease: Lease, at: number, code: string, message: string): AttemptRecord {
  return { attempt: lease.message.attempt, at, code, message };
}
