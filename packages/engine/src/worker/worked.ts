import type { AttemptRecord, DeadLetterReason, Lease, StoreOperation } from '../ports/message-store.ts';
import type { GivenUp } from '../running/divert.ts';
import type { UnitFailure } from '../running/unit.ts';
import type { TraceEntry } from '../trace.ts';
import type { DiscardReason, End } from './admission/verb.ts';
import type { Origin } from './intake.ts';
import { workEnds } from './note-lease.ts';
import { deadLetterOperations, decideSettlement } from './settle.ts';

/** Leases that are at their end together: what to commit, and what to do once it is committed. Several only in a batch. */
export interface Worked {
  readonly leases: readonly Lease[];
  readonly operations: readonly StoreOperation[];
  /** `lost`: it is with another, and nothing is to be committed. */
  readonly outcome: 'done' | 'dead-lettered' | 'discarded' | 'retry' | 'released' | 'lost';
  /** Present where it is given up and may go out of the port `failed` instead of to dead letter. */
  readonly givenUp?: GivenUp | undefined;
  /** When it comes again; ms since 1970. Present with `retry`. */
  readonly dueAt?: number;
  readonly afterCommit: readonly (() => void)[];
}

/** The unit succeeded: what it stores, together with the end of its head; of a batch, with that of all members. */
export function succeeded(
  origin: Origin,
  leases: readonly Lease[],
  unit: { readonly operations: readonly StoreOperation[]; readonly afterCommit: readonly (() => void)[] },
): Worked {
  const notes = leases.map((lease) => workEnds(origin, lease));
  const nodeId = origin.node.plan.id;
  return {
    leases,
    operations: [...leases.map((lease) => ({ op: 'ack', lease }) as const), ...unit.operations],
    outcome: 'done',
    afterCommit: [
      ...unit.afterCommit,
      () => {
        for (const lease of leases) leftItsWire(origin, 'committed', lease);
        for (const note of notes) note({ kind: 'worked', nodeId });
      },
    ],
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
  const { code, message: text } = failure.work;
  const note = workEnds(origin, lease);
  switch (settlement.kind) {
    case 'release':
      return released(origin, lease, code, settlement.dueAt);
    case 'retry':
      return {
        leases: [lease],
        dueAt: settlement.dueAt,
        operations: [
          { op: 'retry', lease, dueAt: settlement.dueAt, failure: settlement.failure, asOf: wallAheadMs(origin) },
        ],
        outcome: 'retry',
        afterCommit: [
          () => traceLease(origin, 'retry', lease, code),
          () => note({ kind: 'retry', nodeId: failure.node.plan.id, code, text }),
        ],
      };
    case 'dead-letter':
      return givenUp(origin, lease, {
        nodeId: failure.node.plan.id,
        reason: settlement.reason,
        failure: settlement.failure,
      });
  }
}

/** Back to its place, uncounted: at once, or not before `dueAt` (ms since 1970). */
export function released(origin: Origin, lease: Lease, detail: string, dueAt?: number): Worked {
  return {
    leases: [lease],
    operations: [
      dueAt === undefined ? { op: 'release', lease } : { op: 'release', lease, dueAt, asOf: wallAheadMs(origin) },
    ],
    outcome: 'released',
    afterCommit: [() => traceLease(origin, 'released', lease, detail)],
  };
}

/** Off its wire without having been worked on, or to its end. */
export function discarded(origin: Origin, lease: Lease, reason: DiscardReason): Worked {
  const note = workEnds(origin, lease);
  return {
    leases: [lease],
    operations: [{ op: 'ack', lease }],
    outcome: 'discarded',
    afterCommit: [
      () => {
        origin.node.discarded[reason] += 1;
        leftItsWire(origin, 'discarded', lease, reason);
        note({ kind: 'discarded', nodeId: origin.node.plan.id, code: reason });
      },
    ],
  };
}

/** The commit may come later, and the wall clock be set meanwhile. */
function wallAheadMs({ parts: { clock } }: Origin): number {
  return clock.now() - clock.monotonicMs();
}

/** How that was for the verbs of its node. */
export function endOf(worked: Worked | undefined): End {
  if (worked?.outcome === 'released') return { kind: 'released' };
  if (worked?.outcome === 'retry' && worked.dueAt !== undefined) return { kind: 'retry', dueAt: worked.dueAt };
  return { kind: 'over' };
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
  return { leases: [lease], operations: [], outcome: 'lost', afterCommit: [] };
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
  const note = workEnds(origin, lease);
  return {
    leases: [lease],
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
    givenUp: {
      code: cause.failure.code,
      message: cause.failure.message,
      nodeId: cause.nodeId,
      attempts: lease.message.attempt,
    },
    afterCommit: [
      () => {
        leftItsWire(origin, 'dead-lettered', lease);
        note({
          kind: cause.reason === 'expired' ? 'expired' : 'dead-lettered',
          nodeId: cause.nodeId,
          code: cause.failure.code,
          text: cause.failure.message,
        });
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

function leftItsWire(
  origin: Origin,
  kind: 'committed' | 'dead-lettered' | 'discarded',
  lease: Lease,
  detail?: string,
): void {
  const { wire } = origin;
  if (wire !== undefined) {
    wire.meters.out.add(1);
    if ('room' in wire) wire.room.add(-1);
  }
  origin.parts.settled(origin.graph.plan.pipelineId, lease, kind === 'dead-lettered' ? 'dead' : 'worked');
  traceLease(origin, kind, lease, detail);
}

export function traceLease(origin: Origin, kind: TraceEntry['kind'], { message }: Lease, detail?: string): void {
  origin.parts.trace?.({
    kind,
    pipelineId: origin.graph.plan.pipelineId,
    elementId: origin.sourceId,
    messageId: message.id,
    attempt: message.attempt,
    ...(detail === undefined ? {} : { detail }),
  });
}
