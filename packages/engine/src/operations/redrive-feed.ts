import type { Feed } from '../worker/feed.ts';
import type { Intake } from '../worker/intake.ts';
import { createQueueFeed } from '../worker/queue-feed.ts';
import { redriveQueue } from './redrive-queue.ts';

/**
 * Works off what was given up at a place and redriven, by the same rules and with the same workers as what is new there.
 * Most places never see a redrive: it sleeps, and looks at nothing, until the first message is there.
 */
export function createRedriveFeed(intake: Intake): Feed {
  const { store, fail } = intake.parts;
  const queue = redriveQueue(intake.graph.plan.pipelineId, intake.sourceId);
  const source = { kind: 'queue', queue } as const;
  const feed = createQueueFeed(intake, source);
  let state: 'asleep' | 'awake' | 'stopped' = 'asleep';
  let stopReady: (() => void) | undefined;

  const wakeUp = (): void => {
    if (state !== 'asleep') return;
    state = 'awake';
    stopReady?.();
    feed.start();
  };

  return {
    start() {
      stopReady = store.onReady(source, wakeUp);
      store.backlog({ queue }).then(({ messages }) => {
        if (messages > 0) wakeUp();
      }, fail);
    },
    wake() {
      if (state === 'awake') feed.wake();
    },
    held: () => state === 'awake' && feed.held(),
    starved: () => state === 'awake' && feed.starved(),
    inHand: () => feed.inHand(),
    async stop() {
      const wasAwake = state === 'awake';
      state = 'stopped';
      stopReady?.();
      if (wasAwake) await feed.stop();
    },
  };
}
