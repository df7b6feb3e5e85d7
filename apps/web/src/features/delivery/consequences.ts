import {
  durationMs,
  parseRate,
  type Delivery,
  type NodeCatalogue,
  type NodeDefinition,
  type NodeDocument,
  type PipelineDocument,
  type WireDocument,
} from '@sluice/pipeline';
import { ENGINE_DEFAULTS, rateOf, timeoutOf, workersOf } from '../../lib/draft/engine-defaults.ts';
import { nodeTitle } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import { counted, exactNumber, humaneBytes, perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { headOfPush, sourcesBefore, type UpstreamNode } from './upstream.ts';

export const ASPECTS = ['coupling', 'latency', 'pace', 'retries', 'state', 'burst', 'outage'] as const;
export type Aspect = (typeof ASPECTS)[number];

export type Consequences = Readonly<Record<Aspect, string>>;

/** Everything of this graph that decides what a wire does. */
interface Facts {
  readonly from: string;
  readonly to: string;
  readonly producer: NodeDocument;
  readonly consumer: NodeDocument;
  readonly consumerDefinition: NodeDefinition | undefined;
  readonly workers: number;
  readonly timeout: string;
  /** Messages per second that the owner expects; `undefined` when not said. */
  readonly rate: number | undefined;
  /** Messages per second that the consumer is allowed; `undefined` when not limited. */
  readonly limit: number | undefined;
  /** Who starts the chain of push calls that this wire would be part of. */
  readonly head: UpstreamNode;
  /** Sources that back-pressure of this wire reaches. */
  readonly sources: readonly UpstreamNode[];
  /** Other event wires on the same port. */
  readonly groups: readonly string[];
}

const OUTAGE_MS = 7_200_000;

/**
 * What a delivery means for one wire of one graph: its real neighbours, its settings, and the times that follow from the
 * expected rate. `undefined` when an end of the wire is missing.
 */
export function deliveryConsequences(
  document: PipelineDocument,
  catalogue: NodeCatalogue,
  wire: WireDocument,
): Consequences | undefined {
  const facts = factsOf(document, catalogue, wire);
  if (facts === undefined) return undefined;
  switch (wire.delivery) {
    case 'push':
      return pushConsequences(facts, wire.call ?? {});
    case 'pull':
      return pullConsequences(facts, wire.queue ?? {});
    case 'event':
      return eventConsequences(facts, wire.log ?? {});
  }
}

type SettingsOf<D extends Delivery, K extends string> = NonNullable<
  Extract<WireDocument, { delivery: D }>[K & keyof Extract<WireDocument, { delivery: D }>]
>;

function pushConsequences(facts: Facts, call: SettingsOf<'push', 'call'>): Consequences {
  const { from, to, workers, rate, head } = facts;
  const concurrency = call.concurrency ?? workers;
  const line = call.line ?? ENGINE_DEFAULTS.line;
  const deadline = humaneDuration(durationMs(call.deadline ?? ENGINE_DEFAULTS.deadline));
  const beyond = {
    reject: 'is refused at once',
    wait: `waits up to ${deadline} for room, then fails`,
    shed: 'takes the place of one of a lower priority in line, or is refused at once',
    spill: `goes to a queue on disk, from where ${to} works it off`,
  }[call.overflow ?? 'reject'];
  const spills = call.overflow === 'spill';
  const refusal = head.isWebhook
    ? `${head.title} answers its sender ${spills ? '202' : '429 with a Retry-After'}`
    : spills
      ? `${head.title} goes on`
      : `${head.title} is told and holds back`;
  const attempts = facts.consumer.work?.retry?.attempts;
  return {
    coupling: `Tight: ${from} calls ${to} and waits for its answer, ${deadline} at most. When ${to} is down, ${from} fails with it.`,
    latency: `Lowest: nothing is stored in between. The time of ${to} (up to ${humaneDuration(durationMs(facts.timeout))} per try) is part of ${from}'s own${head.isWebhook ? `, and of the answer to the sender of ${head.title}` : ''}.`,
    pace: `${from}: up to ${counted(concurrency, 'call')} at once, ${exactNumber(line)} more in line.`,
    retries:
      attempts === undefined
        ? `${head.isWebhook ? `The sender of ${head.title}` : head.title}: a failure travels back up the chain of calls, and whoever started it tries again.`
        : `Two owners: ${to} tries up to ${attempts} times in place within the deadline, and then ${head.isWebhook ? `the sender of ${head.title}` : head.title} tries again.`,
    state: spills
      ? `On disk, beyond ${counted(concurrency, 'call')} and ${exactNumber(line)} in line: up to ${exactNumber(call.spill?.capacity ?? ENGINE_DEFAULTS.capacity)} messages, out of order. What has found a place exists only with ${head.isWebhook ? `the sender of ${head.title}` : head.title}.`
      : `Nowhere: a call that is cut off by a crash exists only with ${head.isWebhook ? `the sender of ${head.title}` : head.title}.`,
    burst:
      rate === undefined
        ? `Beyond ${counted(concurrency, 'call')} at once and ${exactNumber(line)} in line, a call ${beyond}: ${refusal}.`
        : `At ${perSecond(rate * 10)}, ${to} has ${humaneDuration((concurrency / (rate * 10)) * 1_000)} per message before its ${counted(concurrency, 'call')} are taken. Beyond them and ${exactNumber(line)} in line, a call ${beyond}: ${refusal}.`,
    outage: `Every call fails for two hours${facts.consumerDefinition?.callsOut === true ? `, at once after the breaker of ${to} opens` : ''}. ${
      rate === undefined
        ? `What arrives meanwhile is lost unless ${head.isWebhook ? 'its sender' : head.title} keeps it and tries again.`
        : `${exactNumber(Math.round(rate * 7_200))} messages are kept by ${head.isWebhook ? `the sender of ${head.title}` : head.title} or lost.`
    }`,
  };
}

function pullConsequences(facts: Facts, queue: SettingsOf<'pull', 'queue'>): Consequences {
  const { from, to, workers, rate, limit, consumer } = facts;
  const capacity = queue.capacity ?? ENGINE_DEFAULTS.capacity;
  const bytes = queue.capacityBytes ?? ENGINE_DEFAULTS.capacityBytes;
  const order =
    queue.orderBy === undefined
      ? ''
      : ` Messages of one ${queue.orderBy} go one after the other; others overtake them.`;
  return {
    coupling: `Loose: ${from} writes to a queue on disk and goes on; it does not notice when ${to} is slow or down.`,
    latency: `One write to disk, then the wait for one of ${counted(workers, 'worker')} of ${to}. Under load the wait is the backlog divided by what ${to} gets done.`,
    pace: `${to}: ${counted(workers, 'worker')}${rateOf(consumer) === undefined ? '' : `, ${rateOf(consumer)} at most`}, whatever ${from} does.${order}`,
    retries: `The queue: ${retryText(consumer)}, then dead letter. ${from} is not involved.`,
    state: `In the queue on disk: ${exactNumber(capacity)} messages or ${humaneBytes(bytes)}, whichever comes first.${queue.expireAfter === undefined ? '' : ` What waits longer than ${queue.expireAfter} moves to dead letter.`}`,
    burst: pullBurst(facts, capacity),
    outage:
      rate === undefined
        ? `The backlog waits. The queue takes ${exactNumber(capacity)} messages; at 10/s that is ${humaneDuration((capacity / 10) * 1_000)}. ${backPressure(facts)}`
        : rate * (OUTAGE_MS / 1_000) <= capacity
          ? `${exactNumber(Math.round(rate * 7_200))} messages wait, ${percent((rate * 7_200) / capacity)} of the queue, and nothing is lost.${drain(facts, rate * 7_200, limit)}`
          : `The queue is full after ${humaneDuration((capacity / rate) * 1_000)} of ${perSecond(rate)}. ${backPressure(facts)}`,
  };
}

function eventConsequences(facts: Facts, log: SettingsOf<'event', 'log'>): Consequences {
  const { from, to, workers, rate, groups } = facts;
  const partitions = log.partitions ?? ENGINE_DEFAULTS.partitions;
  const age = typeof log.retention === 'string' ? log.retention : (log.retention?.age ?? ENGINE_DEFAULTS.retention);
  const bytes =
    typeof log.retention === 'object'
      ? (log.retention.bytes ?? ENGINE_DEFAULTS.retentionBytes)
      : ENGINE_DEFAULTS.retentionBytes;
  const others =
    groups.length === 0
      ? 'Further groups can read the same log later, from the beginning.'
      : `${groups.join(' and ')} ${groups.length === 1 ? 'reads' : 'read'} the same log at ${groups.length === 1 ? 'its' : 'their'} own speed.`;
  const blocks = log.onPoison === 'block';
  return {
    coupling: `Loosest: ${from} appends to a log and knows no reader. ${others}`,
    latency: `One append to disk, then the wait for the partition's turn: each of ${counted(partitions, 'partition')} is read in order, one message at a time.`,
    pace: `${to}: ${counted(Math.min(partitions, workers), 'partition')} in parallel at most${rateOf(facts.consumer) === undefined ? '' : `, ${rateOf(facts.consumer)}`}, from where it stopped.`,
    retries: `The group of ${to}, in place: ${retryText(facts.consumer)}, ${blocks ? 'then the partition stands still until someone acts' : 'then dead letter and on to the next'}. Its partition waits meanwhile; the others do not.`,
    state: `In the log on disk, kept ${humaneDuration(durationMs(age))} or ${humaneBytes(bytes)} for replay, read or not; ${to} holds only its position.`,
    burst:
      rate === undefined
        ? `The log takes it as fast as the disk. ${to} falls behind and catches up with ${counted(Math.min(partitions, workers), 'partition')} in parallel.`
        : `At ${perSecond(rate * 10)} the log takes it as fast as the disk. ${to} falls behind by up to ${perSecond(Math.max(0, rate * 10 - (facts.limit ?? rate)))} and catches up afterwards.`,
    outage: `Lag grows${rate === undefined ? '' : ` to ${exactNumber(Math.round(rate * 7_200))} messages`}, the log keeps them: what ${to} has not read is never dropped for age. ${
      OUTAGE_MS <= durationMs(age)
        ? `Two hours are within the ${humaneDuration(durationMs(age))} that stay for replay.`
        : `Only the last ${humaneDuration(durationMs(age))} stay for replay afterwards.`
    } At ${humaneBytes(bytes)} unread, ${facts.sources.length === 0 ? from : facts.sources.map((source) => source.title).join(' and ')} must wait.`,
  };
}

function pullBurst(facts: Facts, capacity: number): string {
  const { rate, limit, to } = facts;
  if (rate === undefined) {
    return `The queue takes it: ${exactNumber(capacity)} messages fit. Say the expected rate in the pipeline's objectives to see for how long.`;
  }
  const growth = rate * 10 - (limit ?? rate);
  const assumed =
    limit === undefined ? `if ${to} gets ${perSecond(rate)} done` : `while ${to} is limited to ${perSecond(limit)}`;
  if (growth <= 0) return `At ${perSecond(rate * 10)} nothing piles up, ${assumed}.`;
  return `At ${perSecond(rate * 10)} the queue grows by ${perSecond(growth)} ${assumed}, and is full after ${humaneDuration((capacity / growth) * 1_000)}. ${backPressure(facts)}`;
}

/** What a full wire does, named up to where messages come from. */
function backPressure({ from, sources }: Facts): string {
  if (sources.length === 0) return `Then ${from} must wait.`;
  const effects = sources.map((source) =>
    source.isWebhook
      ? `${source.title} answers 429 with a Retry-After`
      : source.style === 'pull'
        ? `${source.title} stops asking`
        : `${source.title} stops reading`,
  );
  return `Then ${effects.join(' and ')} until there is room.`;
}

function drain(facts: Facts, backlog: number, limit: number | undefined): string {
  const spare = limit === undefined || facts.rate === undefined ? undefined : limit - facts.rate;
  if (spare === undefined) return '';
  return spare > 0
    ? ` It drains in ${humaneDuration((backlog / spare) * 1_000)} at ${perSecond(limit ?? 0)}.`
    : ` It never drains: ${facts.to} is limited to no more than what arrives.`;
}

function retryText(node: NodeDocument): string {
  const retry = node.work?.retry;
  const attempts = retry?.attempts ?? ENGINE_DEFAULTS.retry.attempts;
  const base = retry?.base ?? ENGINE_DEFAULTS.retry.base;
  const cap = retry?.cap ?? ENGINE_DEFAULTS.retry.cap;
  return `${counted(attempts, 'try', 'tries')}, waits doubling from ${base} to ${cap}`;
}

function percent(share: number): string {
  return `${share < 0.01 ? 'less than 1' : Math.round(share * 100)} %`;
}

function factsOf(document: PipelineDocument, catalogue: NodeCatalogue, wire: WireDocument): Facts | undefined {
  const producer = document.nodes.find((node) => node.id === wireSource(wire).nodeId);
  const consumer = document.nodes.find((node) => node.id === wire.to);
  if (producer === undefined || consumer === undefined) return undefined;
  const consumerDefinition = catalogue.find(consumer.type);
  const name = (id: string): string =>
    nodeTitle(document.nodes.find((node) => node.id === id) ?? { id, type: id }, catalogue);
  const limit = rateOf(consumer);
  return {
    from: nodeTitle(producer, catalogue),
    to: nodeTitle(consumer, catalogue),
    producer,
    consumer,
    consumerDefinition,
    workers: workersOf(consumer, consumerDefinition),
    timeout: timeoutOf(consumer, consumerDefinition),
    rate: document.objectives?.rate === undefined ? undefined : parseRate(document.objectives.rate),
    limit: limit === undefined ? undefined : parseRate(limit),
    head: headOfPush(document, catalogue, producer),
    sources: sourcesBefore(document, catalogue, producer),
    groups: document.wires
      .filter((other) => other.id !== wire.id && other.delivery === 'event' && other.from === wire.from)
      .map((other) => name(other.to)),
  };
}
