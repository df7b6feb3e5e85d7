import { z } from 'zod';
import {
  drainSchema,
  limitsStatusSchema,
  nodeStatusSchema,
  pipelineStatusSchema,
  removedWireStatusSchema,
  RUN_STATES,
  totalsSchema,
  verdictSchema,
  wireStatusSchema,
} from './status.ts';

/**
 * Socket.IO namespace `/live`. `watch` joins a pipeline's room and answers with a snapshot; from then on the client gets
 * a `tick` once a second with the nodes and wires that changed, and an `event` for notable things. Delivery is at most
 * once: ticks carry a sequence number, and on a gap the client watches again for a new snapshot.
 */
export const LIVE_NAMESPACE = '/live';

export const watchRequestSchema = z.strictObject({ pipeline: z.string().min(1).max(100) });

export const snapshotSchema = z.object({
  seq: z.number(),
  /** `null`: the pipeline exists but is not deployed. */
  status: pipelineStatusSchema.nullable(),
});

export const tickSchema = z.object({
  pipelineId: z.string(),
  seq: z.number(),
  at: z.number(),
  version: z.number(),
  state: z.enum(RUN_STATES),
  verdict: verdictSchema,
  totals: totalsSchema,
  /** Only those that changed since the last tick, whole. */
  nodes: z.record(z.string(), nodeStatusSchema),
  wires: z.record(z.string(), wireStatusSchema),
  /** All of them: those that hold nothing any more are gone. */
  removedWires: z.array(removedWireStatusSchema).readonly(),
  limits: limitsStatusSchema.nullable(),
  drain: drainSchema.nullable(),
});

/** Home: one line per pipeline, once a second. */
export const overviewSchema = z.object({
  at: z.number(),
  pipelines: z.array(
    z.object({
      pipelineId: z.string(),
      state: z.enum(RUN_STATES),
      version: z.number(),
      verdict: verdictSchema,
      totals: totalsSchema,
    }),
  ),
});

export const LIVE_EVENT_KINDS = [
  'deployed',
  'paused',
  'resumed',
  'stopped',
  'draining',
  'drained',
  'wire-drained',
  'pipeline-full',
  'pipeline-open',
  'dead-letters-full',
  'dead-letters-open',
  'dead-lettered',
  'breaker-opened',
  'breaker-closed',
  'retry-storm',
  'wire-full',
  'wire-open',
  'source-failed',
  'purged',
  'discarded',
  'redrive-started',
  'redrive-ended',
  'replay-started',
  'draft-saved',
  'removed',
] as const;

export const liveEventSchema = z.object({
  pipelineId: z.string(),
  at: z.number(),
  kind: z.enum(LIVE_EVENT_KINDS),
  /** The node or wire it is about. */
  elementId: z.string().nullable(),
  text: z.string(),
});

export type Snapshot = z.output<typeof snapshotSchema>;
export type Tick = z.output<typeof tickSchema>;
export type Overview = z.output<typeof overviewSchema>;
export type LiveEvent = z.output<typeof liveEventSchema>;

export type WatchAnswer =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly detail: string };

export interface ClientToServerEvents {
  /** Joins; `{id}` takes id or name. Watching twice gives a fresh snapshot. */
  watch: (request: { pipeline: string }, answer: (result: WatchAnswer) => void) => void;
  unwatch: (request: { pipeline: string }) => void;
  /** Joins the overview of all pipelines. */
  'watch-overview': (answer: (overview: Overview) => void) => void;
  'unwatch-overview': () => void;
}

export interface ServerToClientEvents {
  tick: (tick: Tick) => void;
  event: (event: LiveEvent) => void;
  overview: (overview: Overview) => void;
}
