import { countedFor } from '../delivery/store-on-wire.ts';
import { noteHop } from '../measure/note-hop.ts';
import { createCancel } from '../delivery/cancel.ts';
import type { IngressAnswer, IngressRoute } from '../engine-interface.ts';
import type { StoreOperation } from '../ports/message-store.ts';
import type { IngressRequest, PreparedPushSource, Problem, Received } from '../ports/node-behaviour.ts';
import { commitFitting, type FittingResult } from '../running/commit-fitting.ts';
import { queueOf, type Hold, type RunningNode, type RunningPullWire } from '../running/graph.ts';
import { holdOf, roomAt } from '../running/reach.ts';
import { asWorkError, UnitFailure } from '../running/unit.ts';
import { enter, openSourceUnit, sendIn, type SourceParts } from './entry.ts';

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
 * recognised as a duplicate, then worked on; only the commit makes it accepted. Where the work calls nobody, the commit
 * recognises the duplicate.
 */
export function createIngressRoute(
  source: SourceParts,
  prepared: PreparedPushSource,
  /** Why nothing is taken now; `undefined`: it is. */
  refusal: () => Problem | undefined,
): RunningRoute {
  const { parts, node, reach } = source;
  const { clock, store } = parts;
  const { pipelineId } = source.graph.plan;
  const scope = `${pipelineId}/${node.plan.id}`;
  const context = { now: () => clock.now() };
  /** Requests under way by idempotency key: a repeat waits for the first, so that a push chain runs once. */
  const underWay = new Map<string, Promise<IngressAnswer>>();
  let inHand = 0;
  const idleListeners: (() => void)[] = [];

  const refuse = (problem: Problem): IngressAnswer => {
    if (problem.status === 429 || problem.status === 503 || problem.status === 507) node.meters.refused.add(1);
    parts.trace?.({ kind: 'refused', pipelineId, elementId: node.plan.id, messageId: '', detail: problem.code });
    return { ok: false, problem };
  };

  const receive = async (request: IngressRequest): Promise<IngressAnswer> => {
    const refused = refusal();
    if (refused !== undefined) return refuse(refused);
    const hold = holdOf(reach, clock, 'caller');
    if (hold !== undefined) return refuse(noRoom(hold));
    let received: Received;
    try {
      const answer = prepared.receive(request, context);
      received = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      return refuse(notUnderstood(node, error));
    }
    if (received.kind === 'refuse') return refuse(received.problem);
    const key = received.idempotency?.key;
    const refusedMeanwhile = refusal();
    if (refusedMeanwhile !== undefined) return refuse(refusedMeanwhile);
    if (key === undefined) return take(received);

    const first = underWay.get(key);
    if (first !== undefined) return repeatOf(first);
    // Where nobody is called ahead of the commit, a repeat comes to nothing: the commit finds it out by itself.
    if (reach.gates.length > 0) {
      const known = await store.recall(scope, key);
      if (known !== undefined) return duplicate(known);
      // Another request with this key may have begun while the store was asked.
      const meanwhile = underWay.get(key);
      if (meanwhile !== undefined) return repeatOf(meanwhile);
      // It may have been stopped meanwhile: from here on until it is taken nothing waits.
      const refusedAtLast = refusal();
      if (refusedAtLast !== undefined) return refuse(refusedAtLast);
    }
    const answer = take(received);
    underWay.set(key, answer);
    try {
      return await answer;
    } finally {
      underWay.delete(key);
    }
  };

  const repeatOf = async (first: Promise<IngressAnswer>): Promise<IngressAnswer> => {
    const answer = await first;
    return answer.ok ? duplicate(answer.id) : answer;
  };

  const duplicate = (id: string): IngressAnswer => {
    node.meters.duplicates.add(1);
    parts.trace?.({ kind: 'duplicate', pipelineId, elementId: node.plan.id, messageId: id });
    return { ok: true, httpStatus: 200, status: 'duplicate', id, correlationId: id };
  };

  const take = async (received: Extract<Received, { kind: 'accept' }>): Promise<IngressAnswer> => {
    const startedAt = clock.monotonicMs();
    const cancel = createCancel(source.signal);
    const unit = openSourceUnit(source, cancel.signal);
    const base = parts.ids.next();
    const entries = received.outputs.map((output, index) =>
      enter({ source, output, base, index, traceparent: received.traceparent }),
    );
    for (const { room } of reach.rooms) room.reserve();
    node.busy += 1;
    inHand += 1;
    try {
      for (const entry of entries) {
        const calling = sendIn(unit, source, entry);
        if (calling !== undefined) await calling;
      }
      const id = entries[0]?.message.id ?? base;
      const durable = unit.operations.length > 0;
      const { idempotency } = received;
      const operations = [...unit.operations];
      if (idempotency !== undefined) {
        // First, so that a repeat is told as one also where there is no room left for it.
        operations.unshift({
          op: 'remember',
          scope,
          key: idempotency.key,
          messageId: id,
          expiresAt: clock.now() + idempotency.windowMs,
        });
      }
      const result = operations.length === 0 ? { ok: true as const } : await commitFitting(parts, operations);
      if (!result.ok) return notStored(result, operations);
      for (const after of unit.afterCommit) after();
      node.meters.in.add(1);
      node.meters.completed.add(1);
      node.meters.working.record(clock.monotonicMs() - startedAt);
      node.lastSuccessAt = clock.now();
      parts.trace?.({ kind: 'accepted', pipelineId, elementId: node.plan.id, messageId: id });
      for (const { message } of entries) noteHop(source, message, { kind: 'accepted', nodeId: node.plan.id });
      return {
        ok: true,
        httpStatus: durable ? 202 : 200,
        status: durable ? 'accepted' : 'delivered',
        id,
        correlationId: id,
      };
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

  const notStored = (result: FittingResult & { ok: false }, operations: readonly StoreOperation[]): IngressAnswer => {
    if (result.reason === 'duplicate') return duplicate(result.messageId);
    if (result.reason === 'lease-lost' || result.reason === 'letter-gone')
      throw new Error(`A webhook holds no lease and takes no letter: ${result.reason}`);
    const room = roomAt(reach, source.graph, result.at);
    const by = room?.by ?? result.at;
    if (result.reason === 'too-large') return refuse(tooLarge(by));
    room?.room.refused(countedFor(operations, result.at));
    return refuse(noRoom({ by, text: `wire ${by} has no room`, full: true, waitMs: undefined }));
  };

  /** The drain rate of the wire that is full tells how long the wait is. */
  const noRoom = (hold: Omit<Hold, 'since'>): Problem => {
    if (!hold.full) {
      return {
        status: 503,
        code: 'target-unavailable',
        title: 'The pipeline cannot take messages now',
        detail: `Nothing was stored: ${hold.text}. Send the request again later.`,
        retryAfterSeconds: hold.waitMs === undefined ? RETRY_AFTER_S.unknown : clampSeconds(hold.waitMs / 1_000),
      };
    }
    return {
      status: 429,
      code: 'wire-full',
      title: 'The pipeline is full',
      detail: `Nothing was stored: ${hold.text}. Send the request again after the time in Retry-After.`,
      retryAfterSeconds: hold.waitMs === undefined ? roomSeconds(hold.by) : clampSeconds(hold.waitMs / 1_000),
    };
  };

  const roomSeconds = (wireId: string): number => {
    const wire = source.graph.wires.get(wireId);
    if (wire === undefined) return RETRY_AFTER_S.unknown;
    const kept = queueOf(wire);
    if (kept !== undefined) return drainSeconds(kept);
    return 'gate' in wire ? RETRY_AFTER_S.least : RETRY_AFTER_S.unknown;
  };

  /** What the consumer's workers could do per second, before the wire has been measured; 0 when nothing speaks for it. */
  const possibleRate = (consumer: string): number => {
    const node = source.graph.nodes.get(consumer);
    const working = node?.meters.working.percentiles();
    if (node === undefined || (node.lastError !== undefined && node.lastError.at >= node.lastSuccessAt)) return 0;
    return working === null || working === undefined ? node.plan.workers : (node.plan.workers * 1_000) / working.p50;
  };

  const drainSeconds = (wire: RunningPullWire): number => {
    const surplus = wire.room.messages() - Math.floor(wire.plan.limit.messages * wire.plan.lowWater);
    const measured = wire.meters.out.perSecond();
    const rate = measured > 0 ? measured : possibleRate(wire.plan.to);
    return clampSeconds(rate > 0 ? surplus / rate : RETRY_AFTER_S.unknown);
  };

  return {
    path: prepared.path,
    methods: prepared.methods,
    bodyLimitBytes: prepared.bodyLimitBytes,
    idle: () => (inHand === 0 ? Promise.resolve() : new Promise((resolve) => idleListeners.push(resolve))),
    receive,
  };
}

function notUnderstood(node: RunningNode, error: unknown): Problem {
  const { code, message } = asWorkError(error);
  return {
    status: 500,
    code,
    title: 'The request could not be read',
    detail: `Nothing was stored: ${node.plan.title}: ${message}`,
  };
}

function tooLarge(wireId: string): Problem {
  return {
    status: 413,
    code: 'too-large-for-wire',
    title: 'The message is too large',
    detail: `Nothing was stored: what comes of the message is larger than wire ${wireId} may ever hold.`,
  };
}

/** What a caller is told when the push chain behind a webhook failed. The caller owns the retries. */
function callFailed(failure: UnitFailure): Problem {
  const { work } = failure;
  const detail = `Nothing was stored: ${failure.node.plan.title}: ${work.message}`;
  const retryAfterSeconds = clampSeconds((work.retryAfterMs ?? RETRY_AFTER_S.least * 1_000) / 1_000);
  switch (work.code) {
    case 'wire-busy':
    case 'rate-limited':
      return { status: 429, code: work.code, title: 'The pipeline is busy', detail, retryAfterSeconds };
    case 'shed':
      return {
        status: 503,
        code: work.code,
        title: 'The pipeline is busy with messages of higher priority',
        detail,
        retryAfterSeconds,
      };
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
