import type { Finding, PipelineDocument } from '@sluice/pipeline';
import type { Operations } from './operations/operations-interface.ts';
import type { IngressRequest, Problem } from './ports/node-behaviour.ts';
import type { DiscardReason } from './worker/admission/verb.ts';

/** A version that is to run. Ids are the caller's; queues and positions belong to pipeline id and wire id. */
export interface DeploymentRequest {
  readonly pipelineId: string;
  readonly version: number;
  readonly document: PipelineDocument;
  /** Start paused: intake refused, nothing worked on. */
  readonly paused?: boolean;
  /** Start draining: intake refused, what waits is worked off. */
  readonly draining?: boolean;
  /**
   * What becomes of messages on wires that this version no longer has: one answer for all, or one for each by its id.
   * A wire that nothing is said about: refused while it holds messages, unless an earlier version has decided.
   */
  readonly removedWires?: 'dead-letter' | 'drain' | Readonly<Record<string, RemovedWireFate>>;
  /** Nodes to begin anew though nothing in them differs, such as after a change of their secrets. */
  readonly renew?: readonly string[];
}

/** What becomes of what waits on a wire that a version no longer has. */
export type RemovedWireFate =
  /** Given up, with the reason `wire-removed`. */
  | { readonly do: 'dead-letter' }
  /** What read it in the version before works it off, beside the new version. Its order to other wires is not kept. */
  | { readonly do: 'drain' }
  /**
   * Put on a pull or event wire of the new version, in order and with its ids, behind what is there; above its capacity
   * if need be.
   */
  | { readonly do: 'move'; readonly to: string };

export type DeployResult =
  | {
      readonly ok: true;
      /** Nodes that had run before and began anew, in the order of the document. All others went on. */
      readonly restarted: readonly string[];
    }
  /** The document cannot run: at least one finding is an error. What ran before still runs. */
  | { readonly ok: false; readonly reason: 'findings'; readonly findings: readonly Finding[] }
  /** Wires that this version no longer has still hold messages. What ran before still runs. */
  | {
      readonly ok: false;
      readonly reason: 'wires-hold-messages';
      readonly wires: readonly { readonly wireId: string; readonly messages: number }[];
    }
  /** What the request says about removed wires cannot be done. What ran before still runs. */
  | {
      readonly ok: false;
      readonly reason: 'removed-wires-refused';
      readonly refusals: readonly { readonly wireId: string; readonly text: string }[];
    };

/** A webhook's address that a deployed pipeline serves. Read at most `bodyLimitBytes` of the body, then `receive`. */
export interface IngressRoute {
  readonly bodyLimitBytes: number;
  receive(request: IngressRequest): Promise<IngressAnswer>;
}

export type IngressLookup =
  | { readonly ok: true; readonly route: IngressRoute }
  | { readonly ok: false; readonly problem: Problem; readonly allow?: readonly string[] };

export type IngressAnswer =
  | {
      readonly ok: true;
      /** 202 when it is on disk, 200 when a push chain delivered it or it is a duplicate. */
      readonly httpStatus: 200 | 202;
      readonly status: 'accepted' | 'delivered' | 'duplicate';
      /** Id of the message, or of the first one under this key. */
      readonly id: string;
      readonly correlationId: string;
    }
  | { readonly ok: false; readonly problem: Problem };

export interface LatencyPercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** See `WireStatus` of the protocol for the meaning of each figure; milliseconds and per second. */
export interface WireFigures {
  readonly id: string;
  readonly delivery: 'push' | 'pull' | 'event';
  readonly depth: number;
  readonly capacity: number | null;
  readonly bytes: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAgeMs: number | null;
  readonly rateIn: number;
  readonly rateOut: number;
  readonly waiting: LatencyPercentiles | null;
  readonly retries: number;
  /** Push: calls that were refused or made way in line because others had a higher priority. */
  readonly shed: number;
  /** Push: calls whose deadline passed in line, or left too little time when their turn came. */
  readonly late: number;
  /** Push with `overflow: spill`: messages on its queue, in hand included. `null` on other wires. They count in `depth`. */
  readonly spilled: number | null;
  readonly saturation: number;
  readonly state: 'open' | 'full';
  readonly fullSince: number | null;
  readonly retained: number | null;
  /** Event wires that deliver again what they had delivered, with how much of `depth` that is. */
  readonly replay: { readonly id: string; readonly startedAt: number; readonly left: number } | null;
}

export interface NodeFigures {
  readonly id: string;
  readonly rateIn: number;
  readonly rateOut: number;
  readonly rateFailed: number;
  readonly completed: number;
  readonly failed: number;
  readonly retries: number;
  /** Retries that the retry budget put off, or did not let be made in place. */
  readonly retriesDeferred: number;
  /** The rate that holds, its budget's where it names one; `null` without a limit. */
  readonly rateLimit: {
    readonly perSecond: number;
    readonly budget: string | null;
    /** Nodes that share the budget; 1 without. */
    readonly sharers: number;
    /** Keys whose tokens are not all there; `null` where the limit is not by key. */
    readonly keys: number | null;
    /** Keys that had to be forgotten too early, because there were too many. */
    readonly keysForgotten: number;
  } | null;
  /** Messages that were given up here and went on by the port `failed`. */
  readonly diverted: number;
  readonly refused: number;
  readonly duplicates: number;
  /** Messages whose lease was over before their work was: another has them, and what the work came to is not stored. */
  readonly leasesLost: number;
  /** Messages that left its wires without being worked on to their end, by reason. */
  readonly discarded: Readonly<Record<DiscardReason, number>>;
  readonly deadLetters: number;
  /** Redriven messages that wait for it beside its wires, or are in hand. */
  readonly redriving: number;
  readonly busy: number;
  /** At present, and at most: they differ where the number follows the backlog. */
  readonly workers: number;
  readonly workersMax: number;
  readonly working: LatencyPercentiles | null;
  readonly breaker: 'none' | 'closed' | 'open' | 'half-open';
  readonly state: 'running' | 'held' | 'failing' | 'paused' | 'stopped';
  readonly heldBy: string | null;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: number } | null;
}

/** What still stands on a wire that the present version does not have. */
export interface RemovedWireFigures {
  /** Of the wire, or of the node that subscribed to a topic. */
  readonly id: string;
  /** The node that read it. */
  readonly nodeId: string;
  /** The version that had it; `null`: unknown. */
  readonly version: number | null;
  /** `keep`: nothing becomes of it until somebody decides; `problem` says why. */
  readonly fate: RemovedWireFate['do'] | 'keep';
  readonly moveTo: string | null;
  readonly depth: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAgeMs: number | null;
  readonly since: number;
  readonly problem: string | null;
}

export interface PipelineFigures {
  readonly pipelineId: string;
  readonly name: string;
  readonly version: number;
  readonly state: 'running' | 'draining' | 'paused' | 'stopped' | 'failed';
  readonly at: number;
  readonly verdict: {
    readonly kind: 'flowing' | 'idle' | 'limited' | 'stuck' | 'paused' | 'stopped';
    readonly text: string;
    readonly nodeId: string | null;
    readonly since: number | null;
  };
  readonly totals: {
    readonly depth: number;
    readonly inFlight: number;
    readonly oldestAgeMs: number | null;
    readonly deadLetters: number;
    readonly rateIn: number;
    readonly rateOut: number;
  };
  readonly nodes: Readonly<Record<string, NodeFigures>>;
  readonly wires: Readonly<Record<string, WireFigures>>;
  /** Those that hold something. */
  readonly removedWires: readonly RemovedWireFigures[];
  /** What the pipeline as a whole keeps, in messages and bytes, and may keep; approximate, a second old at most. */
  readonly limits: {
    readonly bytes: number;
    readonly bytesMax: number;
    readonly deadLetters: number;
    readonly deadLettersMax: number;
    readonly deadLetterBytes: number;
    readonly deadLetterBytesMax: number;
    /** Its sources are held since then, because it keeps `bytesMax`. */
    readonly fullSince: number | null;
    /** What would be given up waits since then, because there is no room for more dead letters. */
    readonly deadLettersFullSince: number | null;
    /** The sources of all pipelines are held, because the disk is nearly full. */
    readonly isDiskShort: boolean;
  };
  /** While it drains: since when, from how many messages, and how many are left. */
  readonly drain: { readonly since: number; readonly from: number; readonly left: number } | null;
}

/** Notable things, few enough to be shown to people. `elementId` is the node or wire. */
export interface EngineNotice {
  readonly pipelineId: string;
  readonly at: number;
  readonly kind:
    | 'deployed'
    | 'paused'
    | 'resumed'
    | 'stopped'
    | 'draining'
    | 'drained'
    | 'wire-drained'
    | 'pipeline-full'
    | 'pipeline-open'
    | 'dead-letters-full'
    | 'dead-letters-open'
    | 'dead-lettered'
    | 'breaker-opened'
    | 'breaker-closed'
    | 'retry-storm'
    | 'wire-full'
    | 'wire-open'
    | 'source-failed'
    | 'purged'
    | 'discarded'
    | 'redrive-started'
    | 'redrive-ended'
    | 'replay-started';
  readonly elementId: string | null;
  readonly text: string;
}

/**
 * Runs pipelines. One engine per message store.
 *
 * Everything that is refused is a value; a rejected promise means that the store has failed and the process should end.
 */
export interface Engine extends Operations {
  /** Checks, prepares and starts a version in place of the one that runs. Work in hand is finished first. */
  deploy(request: DeploymentRequest): Promise<DeployResult>;
  /** Stops intake and work; queues keep their messages. False when the pipeline is not deployed. */
  pause(pipelineId: string): Promise<boolean>;
  /** Ends a pause or a drain. */
  resume(pipelineId: string): Promise<boolean>;
  /**
   * Closes intake and works off what waits; then the pipeline is paused, and a notice `drained` says so. What never
   * succeeds, or waits for a retry, is waited for. False when the pipeline is not deployed.
   */
  drain(pipelineId: string): Promise<boolean>;
  /** Finishes what is in hand and takes the pipeline out of operation. Queues keep their messages. */
  stop(pipelineId: string): Promise<boolean>;

  /**
   * Throws away all that is kept of a pipeline: what waits, dead letters, positions. Answers how much that was;
   * `undefined`: it is in operation, and nothing was thrown away.
   */
  forget(pipelineId: string): Promise<{ readonly messages: number; readonly deadLetters: number } | undefined>;

  /** Finds the webhook source behind `/hooks/{pipelineName}/{path}`. */
  route(address: { readonly pipelineName: string; readonly path: string; readonly method: string }): IngressLookup;

  /** Figures now; `undefined` when the pipeline is not deployed. */
  figures(pipelineId: string): Promise<PipelineFigures | undefined>;
  /** Ids of deployed pipelines. */
  deployed(): readonly string[];
  onNotice(listener: (notice: EngineNotice) => void): () => void;

  /**
   * Stops intake, finishes work in hand until the deadline, returns the other leases, and resolves. The store stays
   * open: close it afterwards. Calls that come later are refused with 503.
   */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}
