import type { AttemptRecord, DeadLetterReason, Lease, StoreOperation } from '../ports/message-store.ts';
import type { UnitFailure } from '../running/unit.ts';
import type { TraceEntry } from '../trace.ts';
import type { Origin } from './intake.ts';
import { deadLetterOperations, decideSettlement } from './settle.ts';

/** A lease that has been worked on: what to commit, and what to do once it is committed. */
export interface Worked {
  readonly lease: Lease;
  readonly operations: readonly StoreOperation[];
  /** `lost`: the lease is with another, and nothing is to be committed. */
  readonly outcome: 'done' | 'dead-lettered' | 'retry' | 'released' | 'lost';
  readonly afterCommit: readonly (() => void)[];
}

/** The unit succeeded: what it stores, together with the end of its head. */
export function succeeded(
  origin: Origin,
  lease: Lease,
  unit: { readonly operations: readonly StoreOperation[]; readonly afterCommit: readonly (() => void)[] },
): Worked {
  return {
    lease,
    operations: [{ op: 'ack', lease }, ...unit.operations],
    outcome: 'done',
    afterCommit: [...unit.afterCommit, () => leftItsWire(origin, 'committed', lease)],
  };
}

/** The unit failed: back to its place, a retry, or dead letter. */
export function failed(origin: Origin, lease: Lease, failure: UnitFailure): Worked {
  const { parts, node } = origin;
  const settlement = decideSettlement({
    lease,
    failure,
    retry: node.plan.retry,
    onPoison: origin.onPoison,
    now: parts.clock.now(),
    random: parts.random,
  });
  const { code } = failure.work;
  switch (settlement.kind) {
    case 'release':
      return {
        lease,
        operations: [{ op: 'release', lease, ...(settlement.dueAt === undefined ? {} : { dueAt: settlement.dueAt }) }],
        outcome: 'released',
        afterCommit: [() => traceLease(origin, 'released', lease, code)],
      };
    case 'retry':
      return {
        lease,
        operations: [{ op: 'retry', lease, dueAt: settlement.dueAt, failure: settlement.failure }],
        outcome: 'retry',
        afterCommit: [() => traceLease(origin, 'retry', lease, code)],
      };
    case 'dead-letter':
      return givenUp(origin, lease, {
        nodeId: failure.node.plan.id,
        reason: settlement.reason,
        failure: settlement.failure,
      });
  }
}

/** Its process died with it in hand, again and again. */
export function quarantined(origin: Origin, lease: Lease): Worked {
  const text = `The process died ${lease.crashes} times with this message in hand`;
  return givenUpHere(origin, lease, { reason: 'quarantined', code: 'crashed-in-hand', text });
}

/** True when it has waited longer than its wire keeps messages. */
export function hasExpired({ expireAfterMs, parts }: Origin, { message }: Lease): boolean {
  return expireAfterMs !== undefined && parts.clock.now() - message.enqueuedAt > expireAfterMs;
}

export function expired(origin: Origin, lease: Lease): Worked {
  const waitedMs = origin.parts.clock.now() - lease.message.enqueuedAt;
  const text = `Waited ${waitedMs} ms; the wire keeps messages for ${origin.expireAfterMs} ms`;
  return givenUpHere(origin, lease, { reason: 'expired', code: 'expired', text });
}

/** What the message would have stored has no room on a wire even when that wire is empty. */
export function tooLarge(origin: Origin, lease: Lease, at: string): Worked {
  const text = `What comes of this message is larger than ${at} may ever hold`;
  return givenUpHere(origin, lease, { reason: 'permanent', code: 'too-large-for-wire', text });
}

/** Another may have the message by now: whatever the work came to, nothing of it is stored. */
export function lost(lease: Lease): Worked {
  return { lease, operations: [], outcome: 'lost', afterCommit: [] };
}

/** Counts and shows a lease that was lost. */
export function noteLost(origin: Origin, lease: Lease): void {
  origin.node.meters.leasesLost.add(1);
  traceLease(origin, 'lease-lost', lease);
}

function givenUpHere(
  origin: Origin,
  lease: Lease,
  cause: { readonly reason: DeadLetterReason; readonly code: string; readonly text: string },
): Worked {
  const at = origin.parts.clock.now();
  const failure = { attempt: lease.message.attempt, at, code: cause.code, message: cause.text };
  return givenUp(origin, lease, { nodeId: origin.node.plan.id, reason: cause.reason, failure });
}

function givenUp(
  origin: Origin,
  lease: Lease,
  cause: { readonly nodeId: string; readonly reason: DeadLetterReason; readonly failure: AttemptRecord },
): Worked {
  const { parts, graph } = origin;
  const { pipelineId, version } = graph.plan;
  return {
    lease,
    operations: deadLetterOperations({
      lease,
      pipelineId,
      version,
      nodeId: cause.nodeId,
      wireId: origin.sourceId,
      entry: origin.entry,
      reason: cause.reason,
      failure: cause.failure,
      now: parts.clock.now(),
    }),
    outcome: 'dead-lettered',
    afterCommit: [
      () => {
        leftItsWire(origin, 'dead-lettered', lease);
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

function leftItsWire(origin: Origin, kind: 'committed' | 'dead-lettered', lease: Lease): void {
  const { wire } = origin;
  if (wire !== undefined) {
    wire.meters.out.add(1);
    if ('room' in wire) wire.room.add(-1);
  }
  origin.parts.settled(origin.graph.plan.pipelineId, lease, kind === 'committed' ? 'worked' : 'dead');
  traceLease(origin, kind, lease);
}

export function traceLease(origin: Origin, kind: TraceEntry['kind'], { message }: Lease, detail?: string): void {
  origin.parts.trace({
    kind,
    pipelineId: origin.graph.plan.pipelineId,
    elementId: origin.sourceId,
    messageId: message.id,
    attempt: message.attempt,
    ...(detail === undefined ? {} : { detail }),
  });
}
