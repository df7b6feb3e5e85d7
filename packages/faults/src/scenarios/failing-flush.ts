import { statusOf } from '../injection/border-event.ts';
import { earlyAnswers } from '../injection/early-answers.ts';
import { readEvents } from '../injection/event-log.ts';
import { ERRNO, FOR_EVER, preloadMissing } from '../injection/preload.ts';
import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const SENDERS = 8;
const END_MAX_MS = 5_000;

export const failingFlush: Scenario = {
  id: 'R-04',
  area: 'disks',
  title: 'fdatasync fails with EIO, once or for ever',
  rules: ['C1', 'C2'],
  shows:
    'After a flush that failed nothing that rests on it is answered 2xx, the process ends by itself with an error, and the next one has lost nothing.',
  rounds: { short: 2, long: 40, of: 'failed flushes' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: true } });
    await server.restart();
    const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) });
    const senders = lane.senders({ count: SENDERS });
    const anomalies = [];
    let slowestEnd = 0;
    let restartMs = 0;
    for (let round = 1; round <= stage.rounds; round += 1) {
      const forEver = round % 2 === 0;
      await senders.accept(senders.accepted + stage.between(20, 200));
      preload.set('flushError', ERRNO.EIO);
      const failuresBefore = preload.get('flushesFailed');
      preload.set('flushErrorsLeft', forEver ? FOR_EVER : 1);
      await waitUntil(() => preload.get('flushesFailed') > failuresBefore, 'a flush fails');
      const failedAt = performance.now();
      const { isFailure } = await server.ended();
      const endMs = performance.now() - failedAt;
      slowestEnd = Math.max(slowestEnd, endMs);
      anomalies.push(
        ...expectThat(isFailure, 'it ended with status 0 after a failed flush'),
        ...stage.expectWithin(endMs, END_MAX_MS, 'the end after a failed flush'),
      );
      if (forEver) {
        // A supervisor starts it again on the broken disk: it must not pass for a good one.
        const acceptedBefore = senders.accepted;
        server.launch();
        const again = await server.ended();
        anomalies.push(
          ...expectThat(again.isFailure, 'on a disk that cannot be flushed it ended with status 0'),
          ...expectThat(senders.accepted === acceptedBefore, 'on a disk that cannot be flushed it accepted something'),
        );
      }
      preload.set('flushErrorsLeft', 0);
      restartMs = Math.max(restartMs, (await server.restart()).ms);
    }
    await senders.stop();
    await lane.settle();
    await server.stop();
    const events = readEvents(preload.logFile ?? '');
    return {
      figures: figuresOf([lane], {
        restartMs,
        more: {
          'slowest end after the failure, ms': slowestEnd,
          'answers 2xx after a failed flush, of earlier flushes': answersAfterFailure(events),
        },
      }),
      anomalies: [...anomalies, ...earlyAnswers(events), ...lane.anomalies({ isOrdered: true })],
    };
  },
};

/** Answers of acceptance that left a life after a flush of it had failed. */
function answersAfterFailure(events: ReturnType<typeof readEvents>): number {
  const failed = new Set<number>();
  let answers = 0;
  for (const event of events) {
    if (event.kind === 'flush' && event.phase === 'end' && event.result !== 0) failed.add(event.life);
    const status = statusOf(event);
    if (failed.has(event.life) && status !== undefined && status >= 200 && status <= 299) answers += 1;
  }
  return answers;
}
