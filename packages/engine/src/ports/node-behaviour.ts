import type { Json, Message } from '../message.ts';
import type { CancelSignal, Connectors } from './connectors.ts';
import type { Random } from './random.ts';

/** What a node gives to one of its output ports. Ids, correlation and trace are added by the engine. */
export interface Output {
  /** Port name; absent: the first port. */
  readonly port?: string;
  readonly payload: Json;
  /** Absent: the key of the input. */
  readonly key?: string;
  /** Absent: the headers of the input. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: the event time of the input, or now at a source. */
  readonly eventTime?: number;
  /**
   * Identity of the thing in its source, such as the id of a polled record. Where it is given, the message id derives
   * from the source and this instead of from `idBase` and index, so the id stays when a repeated poll finds more.
   */
  readonly identity?: string;
}

/** A message for a topic of the internal bus, appended in the same commit as everything else of this work. */
export interface Publication {
  readonly topic: string;
  readonly output: Output;
}

/**
 * Does the work on one message. Several run at once, as the node's `workers` say.
 *
 * Rejects with `WorkError` when it failed, or throws it; must not keep state between messages that a crash would lose; must pass
 * `message.id` to targets as idempotency key.
 */
export interface PreparedWork {
  readonly kind: 'work';
  /** Topics of the internal bus that `work` may publish to; made before it starts. */
  readonly topics?: readonly string[];
  /** Best answered without a promise where nothing is waited for. */
  work(message: Message, context: WorkContext): WorkResult | Promise<WorkResult>;
}

export interface WorkContext {
  /** Wall time in ms. */
  now(): number;
  /** Time left for this try. */
  readonly timeoutMs: number;
  readonly signal: CancelSignal;
}

export interface WorkResult {
  readonly outputs: readonly Output[];
  readonly publications?: readonly Publication[];
}

/** A request that reached a webhook's address. Nothing of it has been trusted yet. */
export interface IngressRequest {
  /** Upper case. */
  readonly method: string;
  /** Path below `/hooks/{pipeline}/`, decoded once, without leading slash. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. A header that came more than once is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The raw bytes: what signatures are computed over. */
  readonly body: Uint8Array;
}

/** A refusal in the terms of RFC 9457. */
export interface Problem {
  readonly status: number;
  /** Constant, such as `signature-invalid`; becomes the `type`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

export type Received =
  | {
      readonly kind: 'accept';
      readonly outputs: readonly Output[];
      /** Recorded in the same commit as the enqueue; a repeat is answered as a duplicate and goes nowhere. */
      readonly idempotency?: { readonly key: string; readonly windowMs: number };
      readonly traceparent?: string;
    }
  | { readonly kind: 'refuse'; readonly problem: Problem };

/** The outside decides when (webhook). */
export interface PreparedPushSource {
  readonly kind: 'push-source';
  /** Path below `/hooks/{pipeline}/`; unique in the pipeline. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly bodyLimitBytes: number;
  /** Verifies, then parses. Must look at nothing but the bytes before they are verified. */
  receive(request: IngressRequest, context: { now(): number }): Received | Promise<Received>;
}

export interface PollContext {
  now(): number;
  readonly random: Random;
  /** What the last commit left; `undefined` at the first poll ever. */
  readonly cursor: Json | undefined;
  readonly signal: CancelSignal;
  readonly timeoutMs: number;
}

export interface PollResult {
  readonly outputs: readonly Output[];
  /** Committed together with the outputs. Absent: stays. */
  readonly cursor?: Json;
  /** Ids of outputs without `identity` derive from this and their index, so a poll that is repeated from one cursor gives the same ids. */
  readonly idBase: string;
  /** The engine polls again after this, if there is room downstream by then. */
  readonly nextPollMs: number;
}

/** We decide when (HTTP poll, schedule, generator). One poll at a time. */
export interface PreparedPullSource {
  readonly kind: 'pull-source';
  /** Wait before the first poll after a start, so that starts spread out. */
  firstPollMs(context: { now(): number; readonly random: Random; readonly cursor: Json | undefined }): number;
  /** Rejects with `WorkError` when it failed: the engine waits by the node's retry settings, or longer if the target asks, and polls again from the same cursor. */
  poll(context: PollContext): Promise<PollResult>;
}

/** A topic decides: the node is a consumer group on a log of the internal bus. */
export interface PreparedEventSource {
  readonly kind: 'event-source';
  readonly topic: string;
  readonly startFrom: 'earliest' | 'latest';
}

/** One step of a coordinator: calls what is wired to its port and waits for the answer. */
export interface CoordinatedStep {
  readonly port: string;
  /** Called to undo the step when a later one fails for good; absent: it needs no undoing. */
  readonly undoPort?: string;
  /** Starts at the same time as the step before it. */
  readonly together: boolean;
}

/**
 * Goes through steps for each message and remembers how far it is: the engine does the work, over the wires of the
 * node's ports. It must be fed by a pull or event wire.
 */
export interface PreparedCoordinator {
  readonly kind: 'coordinator';
  readonly steps: readonly CoordinatedStep[];
  /** Where a message goes whose steps are all done, and one whose steps were undone. */
  readonly donePort: string;
  readonly undonePort: string;
}

export type PreparedNode =
  | PreparedWork
  | PreparedPushSource
  | PreparedPullSource
  | PreparedEventSource
  | PreparedCoordinator;

export interface PrepareContext {
  readonly pipelineId: string;
  readonly pipelineName: string;
  readonly nodeId: string;
  /** As in the document; already accepted by the definition's schema. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly connectors: Connectors;
}

/**
 * What a node type *does*. `prepare` runs once per deployment and does what is costly or can fail before any message is
 * touched: compiling expressions, fetching secrets. Rejects with `WorkError` naming the setting; the deployment is then
 * refused.
 */
export interface NodeBehaviour {
  readonly type: string;
  prepare(context: PrepareContext): Promise<PreparedNode>;
}

export interface BehaviourCatalogue {
  find(type: string): NodeBehaviour | undefined;
}
