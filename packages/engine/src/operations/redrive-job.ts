import type { Clock, Timer } from '../ports/clock.ts';
import type { MessageStore, QueueId } from '../ports/message-store.ts';
import { createOutcomeWatch } from './outcome-watch.ts';
import {
  FAILURE_RATIO,
  OUTSTANDING_MAX,
  type RedriveJob,
  type RedriveRequest,
  type RedriveResult,
  type RedriveState,
} from './operations-interface.ts';
import type { RedriveWitness } from './redrive-letter.ts';

/** A redrive that waits for room or for ends looks again after this. */
const LOOK_MS = 1_000;
/** Fewer ends than this say nothing about the share that dies again. */
const RATIO_AFTER = 10;
/** What was late by so much may be caught up with, so that coarse timers do not slow the pace down. */
const PACE_CREDIT_MS = 100;

/** A redrive of many at work; `RedriveState` lists its states. */
export interface RunningRedrive {
  job(): RedriveJob;
  /** A message left a queue: worked on, or dead. */
  settled(queue: QueueId, messageId: string, outcome: 'worked' | 'dead'): void;
  /** A queue was emptied by hand. */
  loseSight(queue: QueueId): void;
  end(state: 'cancelled' | 'interrupted', detail: string): void;
  /** Does all of it. Never rejects. */
  run(): Promise<void>;
}

export function createRedriveJob(request: {
  readonly id: string;
  readonly wish: RedriveRequest;
  /** Newest first; it takes them up from the end. */
  readonly letterIds: string[];
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'backlog'>;
  /** False once the pipeline is out of operation. */
  readonly isDeployed: () => boolean;
  readonly redrive: (letterId: string, witness: RedriveWitness) => Promise<RedriveResult>;
  readonly onFailure: (error: unknown) => void;
}): RunningRedrive {
  const { clock, letterIds, wish } = request;
  const letters = letterIds.length;
  const startedAt = clock.now();
  const mostFailures = wish.stopAtFailureRatio ?? FAILURE_RATIO;
  const watch = createOutcomeWatch();
  /** Queues that were empty the last time somebody looked, although something is expected of them. */
  let emptyBefore: ReadonlySet<QueueId> = new Set();
  let state: RedriveState = wish.canary === undefined ? 'redriving' : 'canary';
  let detail: string | undefined;
  let endedAt: number | undefined;
  let redriven = 0;
  let worked = 0;
  let failedAgain = 0;
  let lostSight = 0;
  let gone = 0;
  let refused = 0;
  /** Monotonic ms before which the pace lets no further one go. */
  let nextAtMs = clock.monotonicMs();
  let wakeUp: () => void = () => {};

  const end = (how: RedriveState, why: string | undefined): void => {
    if (endedAt !== undefined) return;
    state = how;
    detail = why;
    endedAt = clock.now();
    wakeUp();
  };

  /** Until something happens, or the time is over: then the answer is true. */
  const pause = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      let timer: Timer | undefined;
      const over = (isTime: boolean) => (): void => {
        if (timer !== undefined) clock.clearTimer(timer);
        wakeUp = () => {};
        resolve(isTime);
      };
      wakeUp = over(false);
      timer = clock.setTimer(Math.max(1, ms), over(true));
    });

  /** What was purged, or whose wire was removed, comes to no end. An end may be on its way while its queue is empty: once is not enough. */
  const lookForLost = async (): Promise<void> => {
    const empty = new Set<QueueId>();
    for (const queue of watch.queues()) {
      if ((await request.store.backlog({ queue })).messages > 0) continue;
      if (emptyBefore.has(queue)) lostSight += watch.loseSight(queue);
      else empty.add(queue);
    }
    emptyBefore = empty;
  };

  const waitForEnds = async (why: string): Promise<void> => {
    detail = why;
    if (await pause(LOOK_MS)) await lookForLost();
  };

  const failureRatio = (): number => failedAgain / Math.max(1, worked + failedAgain);
  const tooManyFailed = (): string =>
    `${failedAgain} of ${worked + failedAgain} died again, more than the share of ${mostFailures} that may`;

  /** False when it has ended. */
  const mayGoOn = async (): Promise<boolean> => {
    for (;;) {
      if (endedAt !== undefined) return false;
      if (!request.isDeployed()) {
        end('interrupted', 'The pipeline was taken out of operation');
      } else if (state === 'canary' && redriven === wish.canary) {
        if (watch.outstanding() > 0) await waitForEnds(`Waits for the end of ${redriven} messages that went first`);
        else if (worked + failedAgain === 0) end('stopped', 'What became of those that went first is not known');
        else if (failureRatio() > mostFailures) end('stopped', tooManyFailed());
        else state = 'redriving';
      } else if (worked + failedAgain >= RATIO_AFTER && failureRatio() > mostFailures) {
        end('stopped', tooManyFailed());
      } else if (watch.outstanding() >= OUTSTANDING_MAX) {
        await waitForEnds(`Waits until some of ${OUTSTANDING_MAX} messages are worked on`);
      } else {
        const waitMs = nextAtMs - clock.monotonicMs();
        if (waitMs <= 0) return true;
        await pause(waitMs);
      }
    }
  };

  const takeUp = async (letterId: string): Promise<void> => {
    const result = await request.redrive(letterId, watch);
    if (!result.ok && result.reason === 'full') {
      detail = `Waits for room on wire ${result.wireId}`;
      await pause(LOOK_MS);
      return;
    }
    if (!result.ok && result.reason === 'not-deployed') {
      end('interrupted', 'The pipeline was taken out of operation');
      return;
    }
    letterIds.pop();
    if (endedAt === undefined) detail = undefined;
    if (!result.ok) {
      if (result.reason === 'letter-gone') gone += 1;
      else refused += 1;
      return;
    }
    redriven += 1;
    if (wish.perSecond !== undefined)
      nextAtMs = Math.max(nextAtMs, clock.monotonicMs() - PACE_CREDIT_MS) + 1_000 / wish.perSecond;
  };

  const redriveAll = async (): Promise<void> => {
    for (let letterId = letterIds.at(-1); letterId !== undefined; letterId = letterIds.at(-1)) {
      if (!(await mayGoOn())) return;
      await takeUp(letterId);
    }
    if (endedAt !== undefined) return;
    state = 'settling';
    while (endedAt === undefined && watch.outstanding() > 0) {
      if (request.isDeployed()) await waitForEnds('Waits until the last ones are worked on');
      else end('interrupted', 'The pipeline was taken out of operation');
    }
    end('done', undefined);
  };

  return {
    job: () => ({
      id: request.id,
      pipelineId: wish.filter.pipelineId,
      request: wish,
      state,
      detail,
      startedAt,
      endedAt,
      letters,
      left: letterIds.length,
      redriven,
      worked,
      failedAgain,
      lostSight,
      gone,
      refused,
    }),
    settled(queue, messageId, outcome) {
      if (!watch.settled(queue, messageId)) return;
      if (outcome === 'worked') worked += 1;
      else failedAgain += 1;
      wakeUp();
    },
    loseSight(queue) {
      lostSight += watch.loseSight(queue);
      wakeUp();
    },
    end,
    async run() {
      try {
        await redriveAll();
      } catch (error) {
        end('interrupted', 'The message store failed');
        request.onFailure(error);
      }
    },
  };
}
