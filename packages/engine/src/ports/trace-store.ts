/** What happened to a message at one place of its way. */
export const HOP_KINDS = [
  'accepted',
  'duplicate',
  'refused',
  'stored',
  'leased',
  'worked',
  'failed',
  'retry',
  'dead-lettered',
  'expired',
  'discarded',
  'redriven',
  'replayed',
] as const;
export type HopKind = (typeof HOP_KINDS)[number];

/** One line of a trace. Holds no payload: that stands on the wire or in the dead letter. */
export interface TraceHop {
  /** The same over every hop and pipeline; a trace is all hops of one. */
  readonly correlationId: string;
  readonly messageId: string;
  readonly pipelineId: string;
  readonly version: number;
  /** Node where it happened. */
  readonly nodeId: string;
  /** The wire over which it came; absent at a source. */
  readonly wireId?: string;
  readonly kind: HopKind;
  /** ms since 1970. */
  readonly at: number;
  /** From 1; absent where nothing was tried. */
  readonly attempt?: number;
  /** From the enqueue to the hand-out, and the time of the try; ms. */
  readonly waitedMs?: number;
  readonly workedMs?: number;
  /** Constant code and text of a failure; at most 300 characters of text. */
  readonly code?: string;
  readonly text?: string;
  /** Values at the key paths that the pipeline declares for search, such as an order number; each at most 200 characters. */
  readonly keys?: readonly string[];
}

/** Where traces end: what is beyond goes, what was recorded first goes first. */
export interface TraceBounds {
  readonly hops: number;
  /** Of hops, about as JSON; what is kept to find them comes on top. */
  readonly bytes: number;
  /** Older hops are not shown, and go with what was recorded before them. */
  readonly ageMs: number;
}

/** A trace shows at most this many hops: the last ones. */
export const TRACE_HOPS_MAX = 1_000;

/** A correlation id with the hop that was recorded last of it in one pipeline. */
export interface TraceFound {
  readonly correlationId: string;
  readonly last: TraceHop;
}

/**
 * Keeps traces. Unlike messages they are not promised: `record` resolves when the hops can be read, a loss of power may
 * take the last seconds, and what exceeds the bounds goes, oldest first. It must never make the delivery of messages
 * wait or fail: a failure to record is reported by rejecting and costs the hops alone. Hops are recorded in batches, one
 * call after the other; each call costs a write.
 */
export interface TraceStore {
  record(hops: readonly TraceHop[]): Promise<void>;
  /** All hops of a correlation id in order of time, those of one time as they were recorded; at most `TRACE_HOPS_MAX`. */
  trace(correlationId: string): Promise<readonly TraceHop[]>;
  /**
   * Traces with a hop of the pipeline whose message, correlation id or one of whose keys it is: each once, the one with
   * the newest such hop first.
   */
  find(request: {
    readonly pipelineId: string;
    readonly key: string;
    readonly limit: number;
  }): Promise<readonly TraceFound[]>;
  /** The newest traces of a pipeline, each once. */
  newest(request: {
    readonly pipelineId: string;
    readonly limit: number;
    /** Only those that have a hop of one of these kinds there; the one with the newest such hop first. */
    readonly kinds?: readonly HopKind[];
  }): Promise<readonly TraceFound[]>;
  usage(): Promise<{ readonly hops: number; readonly bytes: number }>;
  /** Removes all hops of a pipeline. Those of the same traces in other pipelines stay. */
  forgetPipeline(pipelineId: string): Promise<void>;
}
