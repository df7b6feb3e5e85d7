/**
 * What happened to a message, step by step. On virtual time the sequence of entries is a pure function of document,
 * input and seed; that is what determinism is checked by.
 */
export interface TraceEntry {
  /** Wall time of the injected clock, ms. */
  readonly at: number;
  readonly kind:
    | 'accepted'
    | 'duplicate'
    | 'refused'
    | 'leased'
    | 'worked'
    | 'failed'
    | 'committed'
    | 'held-back'
    | 'shed'
    | 'spilled'
    | 'diverted'
    | 'retry'
    | 'released'
    | 'dead-lettered'
    | 'full'
    | 'lease-lost'
    | 'redriven'
    | 'discarded'
    | 'replayed'
    | 'polled'
    | 'poll-failed';
  readonly pipelineId: string;
  /** Node or wire. */
  readonly elementId: string;
  readonly messageId: string;
  readonly attempt?: number;
  readonly detail?: string;
}
