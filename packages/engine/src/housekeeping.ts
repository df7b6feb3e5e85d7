import { DEFAULTS } from '@sluice/pipeline';
import type { Timer } from './ports/clock.ts';
import type { RunningParts } from './running/parts.ts';
import type { RunningPipeline } from './running/running-pipeline.ts';

/** Retention is enforced and expired idempotency keys are forgotten this often. */
const HOUSEKEEPING_MS = 10_000;
const FORGET_MAX = 10_000;
const TOPIC_RETENTION = { ageMs: DEFAULTS.log.ageMs, bytes: DEFAULTS.log.bytes } as const;

/** Keeps what is kept within its age: logs, topics, idempotency keys, dead letters. */
export function createHousekeeping(request: {
  readonly parts: RunningParts;
  readonly pipelines: () => Iterable<RunningPipeline>;
  /** Discards dead letters that died before a time. */
  readonly discardOld: (pipelineId: string, until: number) => Promise<unknown>;
}): { start(): void; stop(): void } {
  const { parts } = request;
  const { store, clock } = parts;
  let timer: Timer | undefined;
  let isOver = false;

  const tidy = async (): Promise<void> => {
    const topics = new Set<string>();
    for (const { graph, subscriptions } of request.pipelines()) {
      for (const { plan } of graph.logs.values()) {
        await store.trim({ log: plan.log, ageMs: plan.retention.ageMs, bytes: plan.retention.bytes });
      }
      for (const { log } of subscriptions.values()) topics.add(log);
      for (const topic of graph.topics.keys()) topics.add(topic);
      const { pipelineId, limits } = graph.plan;
      if (limits.deadLetterAgeMs !== undefined)
        await request.discardOld(pipelineId, clock.now() - limits.deadLetterAgeMs);
    }
    for (const log of topics) await store.trim({ log, ...TOPIC_RETENTION });
    await store.forgetExpired(FORGET_MAX);
  };

  const tidyLater = (): void => {
    timer = clock.setTimer(HOUSEKEEPING_MS, () => {
      if (isOver) return;
      tidy().then(
        () => {
          if (!isOver) tidyLater();
        },
        (error: unknown) => parts.fail(error),
      );
    });
  };

  return {
    start: tidyLater,
    stop() {
      isOver = true;
      if (timer !== undefined) clock.clearTimer(timer);
    },
  };
}
