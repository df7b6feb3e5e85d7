import { ruleFor } from '../delivery/retry-rule.ts';
import type { Json, StoredMessage } from '../message.ts';
import type { Timer } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import type { Lease, StoreOperation } from '../ports/message-store.ts';
import type { RetryRulePlan } from '../plan/node-plan.ts';
import { WorkError } from '../work-error.ts';
import type { RunningGraph, RunningNode, RunningPushWire } from './graph.ts';
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
  /** Its head has been tried before, so what it calls may have been called with this message already. */
  readonly repeated: boolean;
  /** Whether whoever owns the retries of its head gives the head up because of a failure. Absent: nobody here owns them. */
  readonly givesUp?: ((failure: UnitFailure) => boolean) | undefined;
  /** What the unit's head is held by; absent where it came from a source or caller. */
  readonly lease?: Lease | undefined;
  /** Where someone waits for an answer: what comes out of ports that no wire leads on from. */
  readonly answers?: Json[];
  /** Calls the consumer of a push wire within this unit. */
  readonly callOver: CallOver;
}

export type CallOver = (request: {
  readonly unit: Unit;
  readonly wire: RunningPushWire;
  readonly message: StoredMessage;
}) => Promise<void>;

/** A unit failed at a node. `node` is where, which need not be where the unit began. */
export class UnitFailure extends Error {
  override readonly name = 'UnitFailure';
  readonly node: RunningNode;
  readonly work: WorkError;
  /** The message was not tried at the target: no attempt should count. */
  readonly heldBack: boolean;
  /** The rule of the node that fits the failure: whether and when to try again. */
  readonly rule: RetryRulePlan | undefined;

  /** Tries of what failed, where they are not those of the message: a step of a run has its own. */
  readonly tries: number | undefined;
  /** The message itself has to wait so long, while others may go on; ms. */
  readonly putOffMs: number | undefined;
  /** Tries that the node made in place before it failed. */
  readonly triesInPlace: number;

  constructor(
    node: RunningNode,
    work: WorkError,
    heldBack: boolean,
    about: Partial<Pick<UnitFailure, 'tries' | 'putOffMs' | 'triesInPlace'>> = {},
  ) {
    super(work.message, { cause: work });
    this.node = node;
    this.work = work;
    this.heldBack = heldBack;
    this.tries = about.tries;
    this.putOffMs = about.putOffMs;
    this.triesInPlace = about.triesInPlace ?? 1;
    this.rule = heldBack ? undefined : ruleFor(node.plan.retry.rules, work);
  }
}

export function asWorkError(error: unknown): WorkError {
  if (error instanceof WorkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WorkError(message, { code: 'unexpected', retryable: true, cause: error });
}

/** The failure of a unit whose target was not asked. */
export function heldBack(node: RunningNode, code: string, text: string, retryAfterMs: number): UnitFailure {
  return new UnitFailure(node, new WorkError(text, { code, retryable: true, retryAfterMs }), true);
}

/** The turn of this message at the target comes later; nothing keeps others from theirs. */
export function putOff(node: RunningNode, code: string, text: string, waitMs: number): UnitFailure {
  const work = new WorkError(text, { code, retryable: true, retryAfterMs: waitMs });
  return new UnitFailure(node, work, true, { putOffMs: waitMs });
}

/** The node's own fault: no retry can help, and nothing may vanish. */
export function misbehaved(node: RunningNode, code: string, what: string): UnitFailure {
  return new UnitFailure(node, new WorkError(`${node.plan.title} ${what}`, { code, retryable: false }), false);
}

/** Waits on the injected clock; rejects when the unit is cancelled meanwhile. */
export function pause(unit: Unit, node: RunningNode, ms: number): Promise<void> {
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
