import { DEFAULTS } from '@sluice/pipeline';
import { backoffMs } from '../delivery/backoff.ts';
import { outputId, partitionOf } from '../delivery/output-id.ts';
import { appendTo, publishTo } from '../delivery/store-on-wire.ts';
import type { Message, StoredMessage } from '../message.ts';
import type { Timer } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import type { StoreOperation } from '../ports/message-store.ts';
import type { Output, PreparedWork, Publication, WorkResult } from '../ports/node-behaviour.ts';
import { WorkError } from '../work-error.ts';
import { boundedCall } from './bounded-call.ts';
import { RATE_PATIENCE } from './reach.ts';
import { topicLog, type RunningGraph, type RunningNode, type RunningPushWire } from './graph.ts';
import type { RunningParts } from './parts.ts';

/**
 * A unit of work: what one message in hand, one webhook or one poll sets off, across every push wire it meets, up to
 * the durable wires at the end. Nothing of it is stored until it is complete; then its operations are committed
 * together with the settlement of its head, so nothing is lost between nodes and nothing is half done.
 */
export interface Unit {
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  readonly signal: CancelSignal;
  /** Monotonic ms. Everything in the unit is over by then, or has failed. */
  readonly deadlineAt: number;
  /** What is stored when the unit is complete. */
  readonly operations: StoreOperation[];
  /** Runs after the commit: figures count what happened, not what was tried. */
  readonly afterCommit: (() => void)[];
}

/** A unit failed at a node. `node` is where, which need not be where the unit began. */
export class UnitFailure extends Error {
  override readonly name = 'UnitFailure';
  readonly node: RunningNode;
  readonly work: WorkError;
  /** The message was not tried at the target: no attempt should count. */
  readonly heldBack: boolean;

  constructor(node: RunningNode, work: WorkError, heldBack: boolean) {
    super(work.message, { cause: work });
    this.node = node;
    this.work = work;
    this.heldBack = heldBack;
  }
}

/** Refusals before the target was asked. */
const HELD_BACK_CODES: ReadonlySet<string> = new Set([
  'breaker-open',
  'target-resting',
  'wire-busy',
  'rate-limited',
  'deadline-exceeded',
  'cancelled',
]);

export function asWorkError(error: unknown): WorkError {
  if (error instanceof WorkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WorkError(message, { code: 'unexpected', retryable: true, cause: error });
}

/**
 * Works on a message at a node and hands its outputs on. `tries` in place: 1 where a durable wire redelivers.
 * Rejects with `UnitFailure`.
 */
export async function workOn(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  readonly tries: number;
  /** The feed has taken the rate limit's token already. */
  readonly tokenTaken: boolean;
}): Promise<void> {
  const { unit, node, message } = request;
  const { clock, random } = unit.parts;
  if (message.attempt === 1) node.meters.in.add(1);
  let result: WorkResult | undefined;
  for (let attempt = 1; result === undefined; attempt += 1) {
    try {
      result = await tryOnce({ unit, node, message, tokenTaken: request.tokenTaken && attempt === 1 });
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      const waitMs = backoffMs({
        attempt,
        baseMs: node.plan.retry.baseMs,
        capMs: node.plan.retry.capMs,
        retryAfterMs: error.work.retryAfterMs,
        random,
      });
      const mayRetry = error.work.retryable && !error.heldBack && attempt < request.tries;
      if (!mayRetry || clock.monotonicMs() + waitMs >= unit.deadlineAt) throw error;
      node.meters.retries.add(1);
      await pause(unit, node, waitMs);
    }
  }
  await handOn({ unit, node, input: message, result });
}

async function tryOnce(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  readonly tokenTaken: boolean;
}): Promise<WorkResult> {
  const { unit, node, message } = request;
  const { clock } = unit.parts;
  if (node.prepared.kind === 'event-source') return { outputs: [passOn(message)] };
  if (node.prepared.kind !== 'work') throw new Error(`Node ${node.plan.id} is a source: no wire can lead to it`);

  if (!request.tokenTaken) await takeToken(unit, node);
  const restMs = node.restUntil - clock.monotonicMs();
  if (restMs > 0) {
    throw heldBack(node, 'target-resting', `The target of ${node.plan.title} asked for rest`, restMs);
  }
  const ticket = node.breaker?.admit();
  if (node.breaker !== undefined && ticket === undefined) {
    const waitMs = node.breaker.waitMs();
    throw heldBack(
      node,
      'breaker-open',
      `The breaker of ${node.plan.title} is open`,
      Number.isFinite(waitMs) ? waitMs : 1_000,
    );
  }

  const startedAt = clock.monotonicMs();
  try {
    const result = await withTimeout({ unit, node, prepared: node.prepared, message });
    if (ticket !== undefined) node.breaker?.settle(ticket, 'success');
    node.meters.working.record(clock.monotonicMs() - startedAt);
    node.lastSuccessAt = clock.now();
    return result;
  } catch (error) {
    const work = asWorkError(error);
    const cancelled = work.code === 'cancelled';
    if (ticket !== undefined) {
      // A permanent refusal is an answer: the target is well.
      node.breaker?.settle(ticket, cancelled ? 'unknown' : work.targetFailed ? 'failure' : 'success');
    }
    if (!cancelled) {
      node.meters.failed.add(1);
      node.meters.working.record(clock.monotonicMs() - startedAt);
      node.lastError = { code: work.code, message: work.message, at: clock.now() };
      if (work.targetFailed && work.retryAfterMs !== undefined) {
        node.restUntil = Math.max(node.restUntil, clock.monotonicMs() + work.retryAfterMs);
      }
      unit.parts.trace({
        kind: 'failed',
        pipelineId: unit.graph.plan.pipelineId,
        elementId: node.plan.id,
        messageId: message.id,
        attempt: message.attempt,
        detail: work.code,
      });
    }
    // A probe that did not reach its target says nothing about this message.
    const probeLost = ticket?.probe === true && (work.code === 'target-unreachable' || work.code === 'target-timeout');
    throw new UnitFailure(node, work, cancelled || probeLost);
  }
}

function passOn(message: Message): Output {
  return { payload: message.payload };
}

function heldBack(node: RunningNode, code: string, text: string, retryAfterMs: number): UnitFailure {
  return new UnitFailure(node, new WorkError(text, { code, retryable: true, retryAfterMs }), true);
}

async function takeToken(unit: Unit, node: RunningNode): Promise<void> {
  for (;;) {
    const waitMs = node.rateLimit?.take() ?? 0;
    if (waitMs === 0) return;
    if (waitMs > (unit.deadlineAt - unit.parts.clock.monotonicMs()) * RATE_PATIENCE) {
      throw heldBack(
        node,
        'rate-limited',
        `The rate limit of ${node.plan.title} leaves no room before the deadline`,
        waitMs,
      );
    }
    await pause(unit, node, waitMs);
  }
}

/** Waits on the injected clock; rejects when the unit is cancelled meanwhile. */
function pause(unit: Unit, node: RunningNode, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const detach = unit.signal.onCancel(() => {
      if (timer !== undefined) unit.parts.clock.clearTimer(timer);
      reject(heldBack(node, 'cancelled', 'The engine is stopping', 1_000));
    });
    timer = unit.parts.clock.setTimer(ms, () => {
      detach();
      resolve();
    });
  });
}

/** One call of the behaviour, bounded by the node's timeout, the unit's deadline and the stop of the engine. */
function withTimeout(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly prepared: PreparedWork;
  readonly message: Message;
}): Promise<WorkResult> {
  const { unit, node } = request;
  const { clock } = unit.parts;
  const timeoutMs = Math.max(1, Math.min(node.plan.timeoutMs, unit.deadlineAt - clock.monotonicMs()));
  return boundedCall({
    clock,
    signal: unit.signal,
    timeoutMs,
    onTimeout: () =>
      new WorkError(`${node.plan.title} took longer than ${timeoutMs} ms`, {
        code: node.plan.definition.callsOut ? 'target-timeout' : 'work-timeout',
        retryable: true,
        targetFailed: node.plan.definition.callsOut,
      }),
    call: (signal) => request.prepared.work(request.message, { now: () => clock.now(), timeoutMs, signal }),
  });
}

/** Gives the outputs of a node to its wires: push wires are called, durable ones get an operation. */
async function handOn(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly input: Message;
  readonly result: WorkResult;
}): Promise<void> {
  const { unit, node, input, result } = request;
  const { firstPort } = node.plan;
  for (const [index, output] of result.outputs.entries()) {
    const port = output.port ?? firstPort;
    if (port === undefined) continue;
    const message = derive({
      unit,
      input,
      output,
      place: `${unit.graph.plan.pipelineId}/${node.plan.id}.${port}`,
      index,
    });
    await sendOut({ unit, node, port, message });
  }
  for (const [index, publication] of (result.publications ?? []).entries()) {
    publish({ unit, node, input, publication, index });
  }
  unit.afterCommit.push(() => {
    node.meters.completed.add(1);
    node.meters.out.add(result.outputs.length + (result.publications?.length ?? 0));
  });
}

/** A message on its way: the output with everything that it inherits. */
function derive(request: {
  readonly unit: Unit;
  readonly input: StoredMessage;
  readonly output: Output;
  readonly place: string;
  readonly index: number;
}): StoredMessage {
  const { input, output } = request;
  return {
    id: outputId(input.id, request.place, output.identity ?? request.index),
    key: output.key ?? input.key,
    payload: output.payload,
    headers: output.headers ?? input.headers,
    correlationId: input.correlationId,
    ...(input.traceparent === undefined ? {} : { traceparent: input.traceparent }),
    eventTime: output.eventTime ?? input.eventTime,
    enqueuedAt: request.unit.parts.clock.now(),
  };
}

/** Sends one message out of a port over every wire there. Push wires are called at the same time; all must succeed. */
export async function sendOut(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly port: string;
  readonly message: StoredMessage;
}): Promise<void> {
  const { unit, node, port, message } = request;
  const calls: Promise<void>[] = [];
  let logged = false;
  const wires = node.plan.outputs.get(port);
  if (wires === undefined)
    throw misbehaved(node, 'port-unknown', `gave a message to port ${port}, which it does not have`);
  for (const planned of wires) {
    const wire = unit.graph.wires.get(planned.id);
    if (wire === undefined) continue;
    if ('gate' in wire) {
      calls.push(callOver({ unit, wire, message }));
    } else if ('room' in wire) {
      unit.operations.push(appendTo(wire.plan, message));
      unit.afterCommit.push(() => {
        wire.room.add(1);
        wire.meters.in.add(1);
      });
    } else {
      unit.afterCommit.push(() => wire.meters.in.add(1));
      if (logged) continue;
      logged = true;
      const log = unit.graph.logs.get(wire.plan.log);
      if (log === undefined) continue;
      unit.operations.push(publishTo(log.plan, log.partitions, message));
    }
  }
  if (calls.length === 1) await calls[0];
  if (calls.length > 1) await allOf(calls);
}

/** The node's own fault: no retry can help, and nothing may vanish. */
function misbehaved(node: RunningNode, code: string, what: string): UnitFailure {
  return new UnitFailure(node, new WorkError(`${node.plan.title} ${what}`, { code, retryable: false }), false);
}

/** Waits for all, then fails with the first failure: no call is left running behind the unit's back. */
async function allOf(calls: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function callOver(request: {
  readonly unit: Unit;
  readonly wire: RunningPushWire;
  readonly message: StoredMessage;
}): Promise<void> {
  const { unit, wire, message } = request;
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
  } finally {
    node.called -= 1;
    leave();
  }
}

function publish(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly input: Message;
  readonly publication: Publication;
  readonly index: number;
}): void {
  const { unit, node, publication } = request;
  const message = derive({
    unit,
    input: request.input,
    output: publication.output,
    place: `${unit.graph.plan.pipelineId}/${node.plan.id}.topic/${publication.topic}`,
    index: request.index,
  });
  const log = topicLog(publication.topic);
  const partitions = unit.graph.topics.get(log);
  if (partitions === undefined)
    throw misbehaved(node, 'topic-unnamed', `publishes to topic ${publication.topic} without having named it`);
  unit.operations.push({
    op: 'publish',
    log,
    partition: partitionOf(message.key === '' ? message.id : message.key, partitions),
    message,
    limit: { bytes: DEFAULTS.log.bytes },
  });
}
