import { FAILED_PORT } from '@sluice/pipeline';
import type { PullWirePlan } from '../plan/wire-plan.ts';
import type { Timer } from '../ports/clock.ts';
import type { RunningGraph, RunningNode, RunningWire } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Origin } from './intake.ts';
import { divertGivenUp } from './divert-given-up.ts';
import { expired } from './worked.ts';

/** How often it looks; ms. */
const SWEEP_MS = 1_000;
/** Messages of one wire in one commit, and in one turn: a large backlog expires over several turns. */
const BATCH = 32;
const TURN_MAX = 1_024;

/**
 * Moves what has waited longer than its wire keeps messages to dead letter, also when nobody leases from the wire: while
 * the pipeline is paused, a breaker open, or a wire further on full. What waits for a retry expires when that is due.
 */
export interface ExpirySweep {
  start(): void;
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
}

export function createExpirySweep(graph: () => RunningGraph, parts: RunningParts): ExpirySweep {
  const { clock, store } = parts;
  let running = false;
  let timer: Timer | undefined;
  let turn: Promise<void> = Promise.resolve();

  const sweep = async (): Promise<void> => {
    for (const wire of graph().wires.values()) {
      const node = graph().nodes.get(wire.plan.to);
      if (wire.plan.delivery !== 'pull' || wire.plan.expireAfterMs === undefined || node === undefined) continue;
      // Nobody is called while the pipeline stands still: such a message expires when it is leased.
      if (callsWhenFailed(node)) continue;
      for (let left = TURN_MAX; running && left > 0; left -= BATCH) {
        if (!(await sweepSome({ wire, node, plan: wire.plan, expireAfterMs: wire.plan.expireAfterMs }))) break;
      }
    }
  };

  /** False when there is nothing more to move now. */
  const sweepSome = async (of: {
    readonly wire: RunningWire;
    readonly node: RunningNode;
    readonly plan: PullWirePlan;
    readonly expireAfterMs: number;
  }): Promise<boolean> => {
    const { wire, node, plan, expireAfterMs } = of;
    const enqueuedBefore = clock.now() - expireAfterMs;
    const { oldestEnqueuedAt = Number.POSITIVE_INFINITY } = await store.backlog({ queue: plan.queue });
    if (oldestEnqueuedAt >= enqueuedBefore) return false;
    const { leases } = await store.lease({
      source: { kind: 'queue', queue: plan.queue },
      max: BATCH,
      leaseMs: plan.visibilityMs,
      enqueuedBefore,
    });
    if (leases.length === 0) return false;
    const origin: Origin = { graph: graph(), parts, node, sourceId: plan.id, wire, onPoison: 'park', expireAfterMs };
    const given = await divertGivenUp(
      origin,
      leases.map((lease) => expired(origin, lease)),
    );
    const result = await parts.commit(given.flatMap(({ operations }) => operations));
    if (result.ok) {
      for (const { afterCommit } of given) for (const after of afterCommit) after();
      return leases.length === BATCH;
    }
    // No room for dead letters, or they are with another: the next turn sees what is left.
    for (const lease of leases) await parts.commit([{ op: 'release', lease }]);
    return false;
  };

  const sweepAndAgain = (): void => {
    turn = sweep().then(() => {
      if (running) timer = clock.setTimer(SWEEP_MS, sweepAndAgain);
    }, parts.fail);
  };

  return {
    start() {
      if (running) return;
      running = true;
      timer = clock.setTimer(SWEEP_MS, sweepAndAgain);
    },
    async stop() {
      running = false;
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
      await turn;
    },
  };
}

function callsWhenFailed({ plan }: RunningNode): boolean {
  return (plan.outputs.get(FAILED_PORT.name) ?? []).some(({ delivery }) => delivery === 'push');
}
