import type { Scenario } from './scenario.ts';
import { clockSteps } from './scenarios/clock-steps.ts';
import { failingFlush } from './scenarios/failing-flush.ts';
import { flushBeforeAnswer } from './scenarios/flush-before-answer.ts';
import { fullDisk } from './scenarios/full-disk.ts';
import { gracefulStop } from './scenarios/graceful-stop.ts';
import { hotCopy } from './scenarios/hot-copy.ts';
import { killAtEachStep } from './scenarios/kill-at-each-step.ts';
import { killAtRandom } from './scenarios/kill-at-random.ts';
import { killedPoller } from './scenarios/killed-poller.ts';
import { lossOfPower } from './scenarios/loss-of-power.ts';
import { overload } from './scenarios/overload.ts';
import { poisonMessages } from './scenarios/poison-messages.ts';
import { processStandingStill } from './scenarios/process-standing-still.ts';
import { restartingConsumer } from './scenarios/restarting-consumer.ts';
import { retryStorm } from './scenarios/retry-storm.ts';
import { secondOwner } from './scenarios/second-owner.ts';
import { silentFlush } from './scenarios/silent-flush.ts';
import { unflushedDuplicate } from './scenarios/unflushed-duplicate.ts';

/** In the order of the catalogue; then what goes beyond it. */
export const SCENARIOS: readonly Scenario[] = [
  flushBeforeAnswer,
  killAtRandom,
  lossOfPower,
  failingFlush,
  fullDisk,
  silentFlush,
  unflushedDuplicate,
  processStandingStill,
  poisonMessages,
  retryStorm,
  overload,
  killedPoller,
  restartingConsumer,
  gracefulStop,
  hotCopy,
  secondOwner,
  killAtEachStep,
  clockSteps,
];
