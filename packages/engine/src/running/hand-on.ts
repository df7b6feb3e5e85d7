import { DEFAULTS } from '@sluice/pipeline';
import { outputId, partitionOf } from '../delivery/output-id.ts';
import { appendTo, publishTo } from '../delivery/store-on-wire.ts';
import type { Message, StoredMessage } from '../message.ts';
import type { Output, Publication, WorkResult } from '../ports/node-behaviour.ts';
import { topicLog, type RunningNode } from './graph.ts';
import { misbehaved, type Unit } from './unit.ts';

/** Gives the outputs of a node to its wires: push wires are called, durable ones get an operation. */
export async function handOn(request: {
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
    const calling = sendOut({ unit, node, port, message });
    if (calling !== undefined) await calling;
  }
  for (const [index, publication] of (result.publications ?? []).entries()) {
    publish({ unit, node, input, publication, index });
  }
  unit.afterCommit.push(() => {
    node.meters.completed.add(1);
    node.meters.out.add(result.outputs.length + (result.publications?.length ?? 0));
  });
}

/**
 * Sends one message out of a port over every wire there. Push wires are called at the same time; all must succeed. There
 * is something to wait for only where one is called.
 */
export function sendOut(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly port: string;
  readonly message: StoredMessage;
}): Promise<void> | undefined {
  const { unit, node, port, message } = request;
  let calls: Promise<void>[] | undefined;
  let logged = false;
  const wires = node.plan.outputs.get(port);
  if (wires === undefined)
    throw misbehaved(node, 'port-unknown', `gave a message to port ${port}, which it does not have`);
  if (wires.length === 0) unit.answers?.push(message.payload);
  for (const planned of wires) {
    const wire = unit.graph.wires.get(planned.id);
    if (wire === undefined) continue;
    if ('gate' in wire) {
      (calls ??= []).push(unit.callOver({ unit, wire, message }));
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
  return calls === undefined || calls.length === 1 ? calls?.[0] : allOf(calls);
}

/** Waits for all, then fails with the first failure: no call is left running behind the unit's back. */
async function allOf(calls: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
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
  const { parts } = request.unit;
  return {
    id: outputId(input.id, request.place, output.identity ?? request.index, parts.connectors.digests),
    key: output.key ?? input.key,
    payload: output.payload,
    headers: output.headers ?? input.headers,
    correlationId: input.correlationId,
    ...(input.traceparent === undefined ? {} : { traceparent: input.traceparent }),
    eventTime: output.eventTime ?? input.eventTime,
    enqueuedAt: parts.clock.now(),
  };
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
