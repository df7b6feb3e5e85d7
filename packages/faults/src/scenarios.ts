import type { Scenario } from './scenario.ts';
import { failingFlush } from './scenarios/failing-flush.ts';
import { flushBeforeAnswer } from './scenarios/flush-before-answer.ts';
import { killAtRandom } from './scenarios/kill-at-random.ts';
import { lossOfPower } from './scenarios/loss-of-power.ts';
import { silentFlush } from './scenarios/silent-flush.ts';

/** In the order of the catalogue. */
export const SCENARIOS: readonly Scenario[] = [flushBeforeAnswer, killAtRandom, lossOfPower, failingFlush, silentFlush];
