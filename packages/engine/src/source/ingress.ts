import { createCancel } from '../delivery/cancel.ts';
import type { IngressAnswer, IngressRoute } from '../engine-interface.ts';
import type { IngressRequest, PreparedPushSource, Problem, Received } from '../ports/node-behaviour.ts';
import { holdOf } from '../running/reach.ts';
import { UnitFailure } from '../running/unit.ts';
import { sameWire } from '../worker/queue-feed.ts';
import { enter, openUnit, sendIn, type SourceParts } from './entry.ts';

/** Retry-After of a full pipeline is the time to drain to the low-water mark, within these bounds. */
const RETRY_AFTER_S = { least: 1, unknown: 30, most: 600 } as const;

/** A webhook's address, with what its pipeline needs of it: `idle` resolves when no request is under way. */
export interface RunningRoute extends IngressRoute {
  readonly path: string;
  readonly methods: readonly string[];
  idle(): Promise<void>;
}

/**
 * A webhook's address in operation. Order matters: room is looked at first (cheap), then the request is verified, then
 * recognised as a duplicate, then worked on; only the commit makes it accepted.
 */
export function createIngressRoute(source: SourceParts, prepared: PreparedPushSource, isAccepting: () => boolean): RunningRoute {
  const { parts, node, reach, graph } = source;
  const { clock, store } = parts;
  const pipelineId = graph.plan.pipelineId;
  const scope = `${pipelineId}/${node.plan.id}`;
  /** Requests under way by idempotency key: a repeat waits for the first, so that a push chain runs once. */
  const underWay = new Map<string, Promise<IngressAnswer>>();
  let inHand = 0;
  const idleListeners: (() => void)[] = [];

  const refuse = (problem: Problem): IngressAnswer => {
    if (problem.status === 429 || problem.status === 503) node.meters.refused.add(1);
    parts.trace({ kind: 'refused', pipelineId, elementId: node.plan.id, messageId: '', detail: problem.code });
    return { ok: false, problem };
  };

  const receive = async (request: IngressRequest): Promise<IngressAnswer> => {
    if (!isAccepting()) return refuse(notAccepting(graph.plan.name));
    const hold = holdOf(reach, clock);
    if (hold !== undefined) return refuse(noRoom(hold));
    const received = await prepared.receive(request, { now: () => clock.now() });
    if (received.kind === 'refuse') return refuse(received.problem);
    const key = received.idempotency?.key;
    if (key === undefined) return isAccepting() ? take(received) : refuse(notAccepting(graph.plan.name));

    const first = underWay.get(key);
    if (first !== undefined) {
      const answer = await first;
      return answer.ok ? duplicate(answer.id) : answer;
    }
    const known = await store.recall(scope, key);
    if (known !== undefined) return duplicate(known);
    // Another request with this key may have begun while the store was asked.
    const meanwhile = underWay.get(key);
    if (meanwhile !== undefined) {
      const answer = await meanwhile;
      return answer.ok ? duplicate(answer.id) : answer;
    }
    // It may have been stopped meanwhile: from here on until it is taken nothing waits.
    if (!isAccepting()) return refuse(notAccepting(graph.plan.name));
    const answer = take(received);
    underWay.set(key, answer);
    try {
      return await answer;
    } finally {
      underWay.delete(key);
    }
  };

  const duplicate = (id: string): IngressAnswer => {
    node.meters.duplicates.add(1);
    parts.trace({ kind: 'duplicate', pipelineId, elementId: node.plan.id, messageId: id });
    return { ok: true, httpStatus: 200, status: 'duplicate', id, correlationId: id };
  };

  const take = async (received: Extract<Received, { kind: 'accept' }>): Promise<IngressAnswer> => {
    const startedAt = clock.monotonicMs();
    const cancel = createCancel(source.signal);
    const unit = openUnit(source, cancel.signal);
    const base = parts.ids.next();
    const entries = received.outputs.map((output, index) => enter({ source, output, base, index, traceparent: received.traceparent }));
    for (const { room } of reach.rooms) room.reserve();
    node.busy += 1;
    inHand += 1;
    try {
      for (const entry of entries) await sendIn(unit, source, entry);
      const id = entries[0]?.message.id ?? base;
      const durable = unit.operations.length > 0;
      const { idempotency } = received;
      const operations = [...unit.operations];
      if (idempotency !== undefined) {
        operations.push({ op: 'remember', scope, key: idempotency.key, messageId: id, expiresAt: clock.now() + idempotency.windowMs });
      }
      const result = operations.length === 0 ? { ok: true as const } : await parts.commit(operations);
      if (!result.ok) {
        if (result.reason === 'duplicate') return duplicate(result.messageId);
        const at = result.reason === 'full' ? result.at : '';
        reach.rooms.find(({ by }) => sameWire(source, by, at))?.room.refused();
        return refuse(noRoom({ by: at, text: `${at} has no room`, waitMs: undefined }));
      }
      for (const after of unit.afterCommit) after();
      node.meters.in.add(1);
      node.meters.completed.add(1);
      node.meters.working.record(clock.monotonicMs() - startedAt);
      node.lastSuccessAt = clock.now();
      parts.trace({ kind: 'accepted', pipelineId, elementId: node.plan.id, messageId: id });
      return { ok: true, httpStatus: durable ? 202 : 200, status: durable ? 'accepted' : 'delivered', id, correlationId: id };
    } catch (error) {
      cancel.cancel();
      if (!(error instanceof UnitFailure)) throw error;
      node.meters.failed.add(1);
      return refuse(callFailed(error));
    } finally {
      cancel.detach();
      node.busy -= 1;
      inHand -= 1;
      if (inHand === 0) for (const listener of idleListeners.splice(0)) listener();
      for (const { room } of reach.rooms) room.unreserve();
    }
  };

  /** The drain rate of the wire that is full tells how long the wait is. */
  const noRoom = (hold: { readonly by: string; readonly text: string; readonly waitMs: number | undefined }): Problem => {
    const wire = graph.wires.get(hold.by);
    if (wire === undefined || (hold.waitMs !== undefined && !('room' in wire))) {
      return {
        status: 503,
        code: 'target-unavailable',
        title: 'The pipeline cannot take messages now',
        detail: `Nothing was stored: ${hold.text}. Send the request again later.`,
        retryAfterSeconds: clampSeconds((hold.waitMs ?? RETRY_AFTER_S.unknown * 1_000) / 1_000),
      };
    }
    return {
      status: 429,
      code: 'wire-full',
      title: 'The pipeline is full',
      detail: `Nothing was stored: ${hold.text}. Send the request again after the time in Retry-After.`,
      retryAfterSeconds: 'room' in wire ? drainSeconds(wire) : 'gate' in wire ? RETRY_AFTER_S.least : RETRY_AFTER_S.unknown,
    };
  };

  const drainSeconds = (wire: Extract<ReturnType<typeof graph.wires.get>, { room: unknown }>): number => {
    const surplus = wire.room.messages() - Math.floor(wire.plan.limit.messages * 0.8);
    const rate = wire.meters.out.perSecond();
    return clampSeconds(rate <= 0 ? RETRY_AFTER_S.unknown : surplus / rate);
  };

  return {
    path: prepared.path,
    methods: prepared.methods,
    bodyLimitBytes: prepared.bodyLimitBytes,
    idle: () => (inHand === 0 ? Promise.resolve() : new Promise((resolve) => idleListeners.push(resolve))),
    receive,
  };
}

export function notAccepting(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'not-accepting',
    title: 'The pipeline is not accepting messages',
    detail: `Nothing was stored: pipeline ${pipelineName} is paused or stopping. Send the request again later.`,
    retryAfterSeconds: RETRY_AFTER_S.unknown,
  };
}

/** What a caller is told when the push chain behind a webhook failed. The caller owns the retries. */
function callFailed(failure: UnitFailure): Problem {
  const { work } = failure;
  const detail = `Nothing was stored: ${failure.node.plan.title}: ${work.message}`;
  const retryAfterSeconds = clampSeconds((work.retryAfterMs ?? RETRY_AFTER_S.least * 1_000) / 1_000);
  switch (work.code) {
    case 'wire-busy':
      return { status: 429, code: work.code, title: 'The pipeline is busy', detail, retryAfterSeconds };
    case 'breaker-open':
    case 'target-resting':
    case 'cancelled':
      return { status: 503, code: work.code, title: 'The target is not available', detail, retryAfterSeconds };
    case 'target-timeout':
    case 'work-timeout':
    case 'deadline-exceeded':
      return { status: 504, code: work.code, title: 'The pipeline took too long', detail };
    default:
      return { status: 502, code: work.code, title: 'The pipeline could not deliver the message', detail };
  }
}

function clampSeconds(seconds: number): number {
  return Math.min(RETRY_AFTER_S.most, Math.max(RETRY_AFTER_S.least, Math.ceil(seconds)));
}
