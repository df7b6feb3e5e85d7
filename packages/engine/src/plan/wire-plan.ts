import { DEFAULTS, durationMs, type Log, type WireDocument } from '@sluice/pipeline';

interface WireCommon {
  readonly id: string;
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** Bounds of a queue. */
export interface QueueLimit {
  readonly messages: number;
  readonly bytes: number;
}

export interface PushWirePlan extends WireCommon {
  readonly delivery: 'push';
  readonly concurrency: number;
  readonly line: number;
  readonly deadlineMs: number;
  readonly overflow: 'reject' | 'wait' | 'shed' | 'spill';
  /** Key path of the priority. */
  readonly priority: string | undefined;
  /** The queue for calls that find no place; present with `overflow: spill`. */
  readonly spill: PullWirePlan | undefined;
}

export interface PullWirePlan extends WireCommon {
  readonly delivery: 'pull';
  readonly queue: string;
  readonly limit: QueueLimit;
  /** Share of the limit at which a full wire opens again. */
  readonly lowWater: number;
  readonly orderBy: string | undefined;
  /** Key path of the priority. */
  readonly priority: string | undefined;
  /** How long a message stays with a worker that is not heard of. */
  readonly visibilityMs: number;
  readonly expireAfterMs: number | undefined;
}

export interface EventWirePlan extends WireCommon {
  readonly delivery: 'event';
  readonly log: string;
  readonly group: string;
  readonly startFrom: 'earliest' | 'latest';
  readonly onPoison: 'park' | 'block';
  readonly visibilityMs: number;
}

export type WirePlan = PushWirePlan | PullWirePlan | EventWirePlan;

/** The log of one output port, shared by all event wires on it. */
export interface LogPlan {
  readonly log: string;
  readonly nodeId: string;
  readonly port: string;
  readonly partitions: number;
  readonly orderBy: string | undefined;
  readonly lowWater: number;
  readonly retention: { readonly ageMs: number; readonly bytes: number };
}

export function planWire(request: {
  readonly wire: WireDocument;
  readonly from: string;
  readonly port: string;
  readonly pipelineId: string;
  readonly consumerWorkers: number;
}): WirePlan {
  const { wire, from, port, pipelineId } = request;
  const common = { id: wire.id, from, port, to: wire.to };
  switch (wire.delivery) {
    case 'push':
      return {
        ...common,
        delivery: 'push',
        concurrency: wire.call?.concurrency ?? request.consumerWorkers,
        line: wire.call?.line ?? DEFAULTS.call.line,
        deadlineMs: optionalMs(wire.call?.deadline) ?? DEFAULTS.call.deadlineMs,
        overflow: wire.call?.overflow ?? 'reject',
        priority: wire.call?.priority,
        spill:
          wire.call?.overflow === 'spill'
            ? {
                ...common,
                delivery: 'pull',
                queue: `${pipelineId}/${wire.id}.spill`,
                limit: limitOf(wire.call.spill),
                lowWater: DEFAULTS.lowWater,
                orderBy: undefined,
                priority: wire.call.priority,
                visibilityMs: DEFAULTS.visibilityMs,
                expireAfterMs: undefined,
              }
            : undefined,
      };
    case 'pull':
      return {
        ...common,
        delivery: 'pull',
        queue: `${pipelineId}/${wire.id}`,
        limit: limitOf(wire.queue),
        lowWater: wire.queue?.lowWater ?? DEFAULTS.lowWater,
        orderBy: wire.queue?.orderBy,
        priority: wire.queue?.priority,
        visibilityMs: optionalMs(wire.queue?.visibility) ?? DEFAULTS.visibilityMs,
        expireAfterMs: optionalMs(wire.queue?.expireAfter),
      };
    case 'event':
      return {
        ...common,
        delivery: 'event',
        log: `${pipelineId}/${from}.${port}`,
        group: `${pipelineId}/${wire.id}`,
        startFrom: wire.log?.startFrom ?? 'earliest',
        onPoison: wire.log?.onPoison ?? 'park',
        visibilityMs: optionalMs(wire.log?.visibility) ?? DEFAULTS.visibilityMs,
      };
  }
}

export function planLog(wire: EventWirePlan, log: Log | undefined): LogPlan {
  const retention = typeof log?.retention === 'string' ? { age: log.retention } : log?.retention;
  return {
    log: wire.log,
    nodeId: wire.from,
    port: wire.port,
    partitions: log?.partitions ?? DEFAULTS.log.partitions,
    orderBy: log?.orderBy,
    lowWater: log?.lowWater ?? DEFAULTS.lowWater,
    retention: {
      ageMs: optionalMs(retention?.age) ?? DEFAULTS.log.ageMs,
      bytes: retention?.bytes ?? DEFAULTS.log.bytes,
    },
  };
}

function limitOf(
  settings: { readonly capacity?: number | undefined; readonly capacityBytes?: number | undefined } | undefined,
): QueueLimit {
  return {
    messages: settings?.capacity ?? DEFAULTS.queue.messages,
    bytes: settings?.capacityBytes ?? DEFAULTS.queue.bytes,
  };
}

function optionalMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}
