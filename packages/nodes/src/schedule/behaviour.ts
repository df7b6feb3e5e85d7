import { type Json, type NodeBehaviour, type Output, WorkError } from '@sluice/engine';
import { durationMs } from '@sluice/pipeline';
import { z } from 'zod';
import { createSeededRandom } from '../expression/seeded-random.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { isoTime } from '../time/iso-time.ts';
import { scheduleConfig, scheduleDefinition } from './definition.ts';
import { dueRuns } from './due-runs.ts';
import { readOccurrences } from './occurrences.ts';

/** A clock that has been set back by more than this is believed: waiting until it has caught up would be worse. */
const CLOCK_SLACK_MS = 3_600_000;
/** Looks at the clock at least this often, because the clock may be set. */
const LOOK_AGAIN_MS = 3_600_000;

const cursorSchema = z.object({
  /** All times up to this one are dealt with; ms since 1970. */
  doneUpTo: z.number(),
  /** Time of the last run that was given; null before the first. */
  lastRun: z.number().nullable(),
});
type Cursor = z.output<typeof cursorSchema>;

/**
 * Gives a message for each time that comes due. The cursor is the last time that was dealt with, and the message id comes
 * from the time alone, so a time is never given twice under two ids.
 */
export const scheduleBehaviour: NodeBehaviour = {
  type: scheduleDefinition.type,
  async prepare(context) {
    const config = readConfig(scheduleConfig, context);
    const occurrences = readOccurrences(config);
    const payload = await prepareOptionalExpression(context.connectors, 'payload', config.payload);
    const idBase = `${context.pipelineId}/${context.nodeId}`;
    const jitterMs = config.jitter === undefined ? 0 : durationMs(config.jitter);

    /** The same for one time whenever it is asked, and never so long that a run meets the next one. */
    const delayOf = (time: number): number => {
      if (jitterMs === 0) return 0;
      const most = Math.min(jitterMs, (occurrences.after(time) - time) / 2);
      return Math.floor(createSeededRandom(`${idBase}/${time}`).next() * most);
    };

    const messageFor = async (time: number, lastRun: number | null, missed: number): Promise<Output> => {
      const facts = { scheduledAt: isoTime(time), previousAt: lastRun === null ? null : isoTime(lastRun), missed };
      const scope = { now: () => time, random: createSeededRandom(`${idBase}/${time}`) };
      const value: Json | undefined = payload === undefined ? facts : await payload.evaluate(facts, scope);
      if (value === undefined) {
        throw new WorkError('payload: the expression gives nothing', { code: 'expression-empty', retryable: false });
      }
      return { payload: value, identity: facts.scheduledAt, eventTime: time };
    };

    return {
      kind: 'pull-source',
      firstPollMs: () => 0,

      async poll({ now: readNow, cursor: stored }) {
        const now = readNow();
        const before = stored === undefined ? { doneUpTo: now, lastRun: null } : readCursor(stored);
        const cursor = before.doneUpTo > now + CLOCK_SLACK_MS ? { ...before, doneUpTo: now } : before;

        const { runs, leftOut, upTo } = dueRuns({
          occurrences,
          policy: config,
          doneUpTo: cursor.doneUpTo,
          now,
          delayOf,
        });
        const outputs: Output[] = [];
        let lastRun = cursor.lastRun;
        for (const time of runs) {
          // What was left out lies before the first of them.
          outputs.push(await messageFor(time, lastRun, outputs.length === 0 ? leftOut : 0));
          lastRun = time;
        }

        const next = occurrences.after(upTo);
        const after: Cursor = { doneUpTo: upTo, lastRun };
        const moved = stored === undefined || upTo !== before.doneUpTo;
        return {
          outputs,
          ...(moved ? { cursor: after } : {}),
          idBase,
          nextPollMs: Math.min(LOOK_AGAIN_MS, Math.max(1, next + delayOf(next) - now)),
        };
      },
    };
  },
};

function readCursor(stored: Json): Cursor {
  const result = cursorSchema.safeParse(stored);
  if (result.success) return result.data;
  throw new WorkError('The stored position is not one of a schedule', { code: 'cursor-invalid', retryable: false });
}
