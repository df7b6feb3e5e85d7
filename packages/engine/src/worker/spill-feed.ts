import { createCancel } from '../delivery/cancel.ts';
import { reachOver } from '../running/reach.ts';
import type { RunningPullWire, RunningPushWire } from '../running/graph.ts';
import { createDirectFeed } from './direct-feed.ts';
import type { Feed } from './feed.ts';
import type { Intake } from './intake.ts';

/**
 * Works off what a push wire has spilled: one message after the other takes the seat behind the line that is kept for such,
 * so they get their turn however long the line is, and never more calls are under way than the wire allows.
 */
export function createSpillFeed(request: {
  readonly wire: RunningPushWire;
  readonly spill: RunningPullWire;
  readonly intakeOf: (
    about: Pick<Intake, 'sourceId' | 'wire' | 'onPoison' | 'expireAfterMs' | 'over' | 'reach'>,
  ) => Intake;
  readonly reach: Intake['reach'];
}): Feed {
  const { wire, spill } = request;
  const stopping = createCancel();
  const intake = request.intakeOf({
    sourceId: wire.plan.id,
    wire: spill,
    onPoison: 'park',
    expireAfterMs: undefined,
    over: { wire, stopping: stopping.signal },
    reach: reachOver(request.reach, wire),
  });
  const feed = createDirectFeed(intake, { kind: 'queue', queue: spill.plan.queue });
  return {
    ...feed,
    stop() {
      stopping.cancel();
      return feed.stop();
    },
  };
}
