import { z } from 'zod';

/**
 * What a running pipeline looks like from outside: the same shape in `GET .../status`, in the snapshot of `/live` and,
 * for what changed, in its ticks. Times are milliseconds, rates per second over the last ten seconds.
 */

/** Percentiles of the last ten seconds in milliseconds; `null` where nothing was measured. */
export const percentilesSchema = z
  .object({ p50: z.number(), p95: z.number(), p99: z.number() })
  .nullable()
  .meta({ id: 'Percentiles' });

export const wireStatusSchema = z
  .object({
    id: z.string(),
    delivery: z.enum(['push', 'pull', 'event']),
    /** Push: calls in line. Pull: messages on the queue, in hand included. Event: lag of this group. */
    depth: z.number(),
    /** Most that `depth` may be; `null` on event wires, which are bounded in bytes. */
    capacity: z.number().nullable(),
    bytes: z.number(),
    inFlight: z.number(),
    /** Waiting for a retry. */
    delayed: z.number(),
    /** Age of the oldest message that is not settled; `null` when empty. */
    oldestAgeMs: z.number().nullable(),
    rateIn: z.number(),
    rateOut: z.number(),
    /** Time from enqueue to hand-over. */
    waiting: percentilesSchema,
    /** Redeliveries since the deployment started. */
    retries: z.number(),
    /** Push: calls that were refused or made way in line because others had a higher priority. */
    shed: z.number(),
    /** Push: calls whose deadline passed in line, or left too little time when their turn came. */
    late: z.number(),
    /** Push with `overflow: spill`: messages on its queue; they count in `depth`. `null` on other wires. */
    spilled: z.number().nullable(),
    /** Share of capacity in use, 0 to 1. */
    saturation: z.number(),
    /** `full`: the wire makes its producer wait or refuses, since `fullSince`. */
    state: z.enum(['open', 'full']),
    fullSince: z.number().nullable(),
    /** Event wires: messages kept in the log, read or not. */
    retained: z.number().nullable(),
    /** Event wires that deliver again what they had delivered, with how much of `depth` that is. */
    replay: z.object({ id: z.string(), startedAt: z.number(), left: z.number() }).nullable(),
  })
  .meta({ id: 'WireStatus' });

export const BREAKER_STATES = ['none', 'closed', 'open', 'half-open'] as const;

export const nodeStatusSchema = z
  .object({
    id: z.string(),
    rateIn: z.number(),
    rateOut: z.number(),
    rateFailed: z.number(),
    /** Since the deployment started. */
    completed: z.number(),
    failed: z.number(),
    retries: z.number(),
    /** Retries that the retry budget put off, or did not let be made in place. */
    retriesDeferred: z.number(),
    /** The rate that holds, its budget's where it names one; `null` without a limit. */
    rateLimit: z
      .object({
        perSecond: z.number(),
        budget: z.string().nullable(),
        /** Nodes that share the budget; 1 without. */
        sharers: z.number(),
        /** By key: keys whose tokens are not all there, and those forgotten too early because there were too many. */
        keys: z.number().nullable(),
        keysForgotten: z.number(),
      })
      .nullable(),
    /** Messages that were given up here and went on by the port `failed`. */
    diverted: z.number(),
    /** Sources: refused for lack of room (429), and recognised duplicates. */
    refused: z.number(),
    duplicates: z.number(),
    /** Messages whose lease was over before their work was: another has them, and what the work came to is not stored. */
    leasesLost: z.number(),
    /** Messages that left its wires without being worked on to their end, by the verb of flow control that said so. */
    discarded: z.object({
      debounced: z.number(),
      'singleton-skipped': z.number(),
      'singleton-cancelled': z.number(),
    }),
    deadLetters: z.number(),
    /** Redriven messages that wait for it beside its wires, or are in hand. */
    redriving: z.number(),
    busy: z.number(),
    /** At present, and at most: they differ where the number follows the backlog. */
    workers: z.number(),
    workersMax: z.number(),
    /** Time of one try. */
    working: percentilesSchema,
    breaker: z.enum(BREAKER_STATES),
    /** `held`: back-pressure or an open breaker keeps it from working. */
    state: z.enum(['running', 'held', 'failing', 'paused', 'stopped']),
    heldBy: z.string().nullable(),
    lastError: z.object({ code: z.string(), message: z.string(), at: z.number() }).nullable(),
  })
  .meta({ id: 'NodeStatus' });

export const verdictSchema = z
  .object({
    kind: z.enum(['flowing', 'idle', 'limited', 'stuck', 'paused', 'stopped']),
    /** One sentence with its evidence: "Limited by ship: 8 of 8 workers busy, 12,400 waiting". */
    text: z.string(),
    nodeId: z.string().nullable(),
    since: z.number().nullable(),
  })
  .meta({ id: 'Verdict' });

export const totalsSchema = z
  .object({
    depth: z.number(),
    inFlight: z.number(),
    oldestAgeMs: z.number().nullable(),
    deadLetters: z.number(),
    /** Messages per second that entered and that left at sinks. */
    rateIn: z.number(),
    rateOut: z.number(),
  })
  .meta({ id: 'Totals' });

export const REMOVED_WIRE_FATES = ['drain', 'move', 'dead-letter', 'keep'] as const;

/** What still stands on a wire that the deployed version does not have. */
export const removedWireStatusSchema = z
  .object({
    /** Of the wire, or of the node that subscribed to a topic. */
    id: z.string(),
    /** The node that read it; the deployed version need not have it either. */
    nodeId: z.string(),
    /** The version that had it; `null`: unknown. */
    version: z.number().nullable(),
    /** `drain`: the version that had it works it off. `keep`: nothing becomes of it until somebody decides. */
    fate: z.enum(REMOVED_WIRE_FATES),
    /** With `move`: the wire that takes the messages. */
    moveTo: z.string().nullable(),
    depth: z.number(),
    inFlight: z.number(),
    delayed: z.number(),
    oldestAgeMs: z.number().nullable(),
    since: z.number(),
    /** Why nothing becomes of it now, with the way out. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'RemovedWireStatus' });

export const RUN_STATES = ['running', 'draining', 'paused', 'stopped', 'failed'] as const;

/** What a pipeline as a whole keeps and may keep; approximate, a second old at most. */
export const limitsStatusSchema = z
  .object({
    /** Queues, logs and dead letters together. */
    bytes: z.number(),
    bytesMax: z.number(),
    deadLetters: z.number(),
    deadLettersMax: z.number(),
    deadLetterBytes: z.number(),
    deadLetterBytesMax: z.number(),
    /** Its sources are held since then, because it keeps `bytesMax`; until it keeps 80 % of it. */
    fullSince: z.number().nullable(),
    /** What would be given up waits since then, because there is no room for more dead letters. */
    deadLettersFullSince: z.number().nullable(),
    /** The sources of all pipelines are held, because the disk is nearly full. */
    isDiskShort: z.boolean(),
  })
  .meta({ id: 'LimitsStatus' });

export const drainSchema = z.object({ since: z.number(), from: z.number(), left: z.number() }).meta({ id: 'Drain' });

export const pipelineStatusSchema = z
  .object({
    pipelineId: z.string(),
    name: z.string(),
    version: z.number(),
    state: z.enum(RUN_STATES),
    at: z.number(),
    verdict: verdictSchema,
    totals: totalsSchema,
    nodes: z.record(z.string(), nodeStatusSchema),
    wires: z.record(z.string(), wireStatusSchema),
    /** Those that hold something. */
    removedWires: z.array(removedWireStatusSchema).readonly(),
    /** `null` while it is not in operation. */
    limits: limitsStatusSchema.nullable(),
    /** While it drains: messages that were inside when it began, and how many are left. */
    drain: drainSchema.nullable(),
  })
  .meta({ id: 'PipelineStatus' });

export type Percentiles = z.output<typeof percentilesSchema>;
export type WireStatus = z.output<typeof wireStatusSchema>;
export type RemovedWireStatus = z.output<typeof removedWireStatusSchema>;
export type NodeStatus = z.output<typeof nodeStatusSchema>;
export type Verdict = z.output<typeof verdictSchema>;
export type Totals = z.output<typeof totalsSchema>;
export type PipelineStatus = z.output<typeof pipelineStatusSchema>;
